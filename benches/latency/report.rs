//! The table, and every goal beside its figure.

use std::fmt::Write;

use crate::client::Way;
use crate::figures::Row;
use crate::server::Kind;

/// What is measured apart from the rounds.
#[derive(Default)]
pub(crate) struct Apart {
    /// Calls a second over a gateway that takes 50 ms, by the way they go.
    pub(crate) slow: Vec<(Way, f64)>,
    /// Median seconds of a call over that gateway, one at a time, by server and way.
    pub(crate) slow_p50: Vec<(Kind, Way, f64)>,
    /// Processor time of a page of 100 rows, as a multiple of that of 10.
    pub(crate) long_page: Option<f64>,
    /// What makes figures doubtful.
    pub(crate) doubts: Vec<String>,
}

/// One goal.
struct Goal {
    what: String,
    goal: String,
    figure: Option<String>,
    met: bool,
}

pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| server | start ms | RSS MB idle / loaded | p50 / p99 us, 1 in flight | calls/s, 1 / 16 / 64 / 256 in flight | \
         CPU s per 1,000 calls, 1 / 64 in flight | bytes a call |\n|---|---|---|---|---|---|---|\n",
    );
    for Row { name, figures, .. } in rows {
        if let Some(why) = &figures.failed {
            let _ = writeln!(text, "| {name} | not measured: {why} | | | | | |");
            continue;
        }
        let or = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
        let memory = (figures.idle > 0.0).then(|| format!("{:.1} / {:.1}", figures.idle, figures.loaded));
        let rates = figures.rates.keys().filter_map(|count| figures.rate(*count)).map(|rate| format!("{rate:.0}"));
        let times = figures.quantile(0.5).zip(figures.quantile(0.99)).map(|(p50, p99)| format!("{p50:.0} / {p99:.0}"));
        let costs = figures.alone().zip(figures.crowded()).map(|(one, many)| format!("{one:.3} / {many:.3}"));
        // A figure that differs from round to round is not published.
        if !figures.is_steady() {
            let _ = writeln!(text, "| {name} | not trusted: its rounds differ by more than half | | | | | |");
            continue;
        }
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            or(figures.start().map(|start| format!("{start:.1}"))),
            or(memory),
            or(times),
            rates.collect::<Vec<_>>().join(" / "),
            or(costs),
            figures.bytes,
        );
    }
    text
}

pub(crate) fn goals(rows: &[Row], apart: &Apart) -> String {
    let mut goals = Vec::new();
    starts(rows, &mut goals);
    for way in [Way::Stdio, Way::Http] {
        beside_floor(rows, way, &mut goals);
        beside_peers(rows, way, &mut goals);
    }
    slow_gateway(apart, &mut goals);
    alone(rows, apart, &mut goals);
    let mut text = String::from("| goal | at | figure | |\n|---|---|---|---|\n");
    for Goal { what, goal, figure, met } in goals {
        let verdict = match (&figure, met) {
            (None, _) => "not measured",
            (Some(_), true) => "met",
            (Some(_), false) => "MISSED",
        };
        let _ = writeln!(text, "| {what} | {goal} | {} | {verdict} |", figure.unwrap_or_default());
    }
    text
}

fn find(rows: &[Row], kind: Kind, way: Way) -> Option<&Row> {
    rows.iter().find(|row| row.kind == kind && row.way == way && row.figures.failed.is_none())
}

/// A ratio that is printed and judged by nobody.
fn expected(what: &str, figure: Option<f64>) -> Goal {
    Goal { goal: "expected at most 1.3 x".to_owned(), ..at_most(what, f64::INFINITY, figure, " x") }
}

fn at_most(what: &str, most: f64, figure: Option<f64>, unit: &str) -> Goal {
    let shown = figure.map(|figure| format!("{figure:.2}{unit}"));
    let met = figure.is_some_and(|figure| figure <= most);
    Goal { what: what.to_owned(), goal: format!("at most {most}{unit}"), figure: shown, met }
}

fn at_least(what: &str, least: f64, figure: Option<f64>, unit: &str) -> Goal {
    let shown = figure.map(|figure| format!("{figure:.2}{unit}"));
    let met = figure.is_some_and(|figure| figure >= least);
    Goal { what: what.to_owned(), goal: format!("at least {least}{unit}"), figure: shown, met }
}

fn starts(rows: &[Row], goals: &mut Vec<Goal>) {
    let start = |kind| find(rows, kind, Way::Stdio)?.figures.start();
    let ratio = start(Kind::Ours).zip(start(Kind::PassThrough)).map(|(ours, bare)| ours / bare);
    goals.push(at_most("spawn to initialize, median, against the pass-through", 2.0, ratio, " x"));
}

fn beside_floor(rows: &[Row], way: Way, goals: &mut Vec<Goal>) {
    let both = find(rows, Kind::Ours, way).zip(find(rows, Kind::PassThrough, way));
    let ratio = |figure: fn(&Row) -> Option<f64>| both.and_then(|(ours, bare)| Some(figure(ours)? / figure(bare)?));
    let said = crate::server::said(way);
    let p50 = ratio(|row| row.figures.quantile(0.5));
    // Against a gateway that answers at once these are expected, not promised: no user can feel them.
    goals.push(expected(&format!("list_contacts over {said}, p50, against the pass-through"), p50));
    let cost = ratio(|row| row.figures.alone());
    goals.push(expected(&format!("the same, CPU a call, 1 in flight ({said})"), cost));
    let cost = ratio(|row| row.figures.crowded());
    goals.push(expected(&format!("the same, CPU a call, 64 in flight ({said})"), cost));
}

fn beside_peers(rows: &[Row], way: Way, goals: &mut Vec<Goal>) {
    for (kind, least, name) in [(Kind::FastMcp, 30.0, "FastMCP"), (Kind::TypeScript, 4.0, "TypeScript")] {
        let rate = |kind| find(rows, kind, way)?.figures.rate(64);
        let ratio = rate(Kind::Ours).zip(rate(kind)).map(|(ours, peer)| ours / peer);
        let what = format!("calls/s, 64 in flight over {}, against {name}", crate::server::said(way));
        goals.push(at_least(&what, least, ratio, " x"));
    }
}

fn slow_gateway(apart: &Apart, goals: &mut Vec<Goal>) {
    let rate = |way| apart.slow.iter().find(|(own, _)| *own == way).map(|(_, rate)| *rate);
    for way in [Way::Stdio, Way::Http] {
        let share = rate(way).zip(rate(Way::Bare)).map(|(ours, bare)| ours / bare * 100.0);
        let what =
            format!("gateway of 50 ms, 64 in flight over {}, of what bare requests reach", crate::server::said(way));
        goals.push(at_least(&what, 94.0, share, " %"));
        let time = |kind| apart.slow_p50.iter().find(|(own, at, _)| (*own, *at) == (kind, way)).map(|(_, _, p50)| *p50);
        let ratio = time(Kind::Ours).zip(time(Kind::PassThrough)).map(|(ours, bare)| ours / bare);
        let what = format!("gateway of 50 ms, p50 over {}, against the pass-through", crate::server::said(way));
        goals.push(at_most(&what, 1.05, ratio, " x"));
    }
}

fn alone(rows: &[Row], apart: &Apart, goals: &mut Vec<Goal>) {
    for way in [Way::Stdio, Way::Http] {
        let memory = find(rows, Kind::Ours, way).map(|row| (row.figures.idle, row.figures.loaded));
        let (said, memory) = (crate::server::said(way), memory.filter(|(idle, _)| *idle > 0.0));
        goals.push(at_most(&format!("idle RSS, {said}"), 16.0, memory.map(|(idle, _)| idle), " MB"));
    }
    goals.push(at_most("page of 100 rows against 10, server's own time", 8.0, apart.long_page, " x"));
}
