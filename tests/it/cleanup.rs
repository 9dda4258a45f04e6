//! Cleanup: findings, duplicates, plans.

mod normalize;
