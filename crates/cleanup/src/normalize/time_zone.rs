//! The countries that the time zones of the IANA database are of.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::phone::Region;
use crate::model::codes;

/// Name, country (`zone.tab` and `backward` of the IANA database), and `sole` where the country has one zone only.
static ZONES: &str = include_str!("zones.tsv");

struct Zone {
    region: Option<Region>,
    is_sole: bool,
}

static BY_NAME: LazyLock<HashMap<&'static str, Zone>> = LazyLock::new(|| {
    let rows = ZONES.lines().map(|line| {
        let mut columns = line.split('\t');
        let name = columns.next().unwrap_or_default();
        let region = columns.next().and_then(Region::of_letters);
        (name, Zone { region, is_sole: columns.next().is_some() })
    });
    rows.collect()
});

/// Whether the IANA database has the zone, in this spelling.
pub fn is_known(zone: &str) -> bool {
    codes::time_zone(zone) == Some(zone)
}

/// The country of a zone; none for zones of no country, such as `UTC`.
pub fn region(zone: &str) -> Option<Region> {
    // A name that the database never had, and that many programs write.
    let zone = if zone == "Asia/Hanoi" { "Asia/Saigon" } else { zone };
    BY_NAME.get(zone).and_then(|zone| zone.region)
}

/// The zone of a country that has one only.
pub fn sole(region: Region) -> Option<&'static str> {
    static SOLE: LazyLock<HashMap<Region, &'static str>> = LazyLock::new(|| {
        let soles = BY_NAME.iter().filter(|(_, zone)| zone.is_sole);
        soles.filter_map(|(name, zone)| Some((zone.region?, *name))).collect()
    });
    SOLE.get(&region).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_with_a_country_is_one_that_an_update_takes() {
        for name in BY_NAME.keys() {
            assert!(is_known(name), "{name}");
        }
    }
}
