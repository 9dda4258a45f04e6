//! The table: what a CSV reader gets back is what was put in, within the budget, page after page.

use std::collections::HashMap;

use imbrace_contacts_mcp::render::{Budget, Cell, Reply, Span, Table, clean, text, text_within};
use proptest::prelude::*;

const NAMES: [&str; 40] = [
    "id", "name", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15", "c16",
    "c17", "c18", "c19", "c20", "c21", "c22", "c23", "c24", "c25", "c26", "c27", "c28", "c29", "c30", "c31", "c32",
    "c33", "c34", "c35", "c36", "c37", "c38", "c39",
];

/// A table as a reader sees it.
struct Read {
    first: u64,
    last: u64,
    total: Option<u64>,
    next: Option<u64>,
    /// Every row with every column, hoisted and empty ones included.
    rows: Vec<Vec<String>>,
}

fn read(text: &str, columns: &[&str]) -> Read {
    let (mut head, mut rest) = (Vec::new(), text);
    while rest.starts_with('#') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        head.push(line);
        rest = after;
    }
    assert!(!rest.lines().any(|line| line.starts_with('#') || line.is_empty()), "{text}");
    let mut constant: HashMap<&str, String> = HashMap::new();
    for line in &head[1..] {
        if let Some(pairs) = line.strip_prefix("# every row: ") {
            constant.extend(read_pairs(pairs));
        } else if let Some(names) = line.strip_prefix("# empty in every row: ") {
            constant.extend(names.split(' ').map(|name| (name, String::new())));
        } else {
            panic!("a head line that nobody wrote: {line}");
        }
    }
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.as_bytes()).into_records();
    let names: Vec<String> = rows.next().unwrap().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(names.len() + constant.len(), columns.len(), "{text}");
    let rows: Vec<Vec<String>> = rows
        .map(|row| {
            let row = row.unwrap();
            assert!(row.len() <= names.len(), "{text}");
            let cell = |name: &&str| match names.iter().position(|known| known == name) {
                Some(place) => row.get(place).unwrap_or_default().to_owned(),
                None => constant[name].clone(),
            };
            columns.iter().map(cell).collect()
        })
        .collect();
    assert_eq!(rows.len() + 1, rest.lines().count(), "a row is a line: {text}");
    let (range, next) = match head[0].split_once("; next: skip=") {
        Some((range, next)) => (range, Some(next.parse().unwrap())),
        None => (head[0], None),
    };
    let range = range.strip_prefix("# contacts ").unwrap();
    let (range, total) = match range.split_once(" of ") {
        Some((range, total)) => (range, Some(total.parse().unwrap())),
        None => (range, None),
    };
    let (first, last) = range.split_once('-').unwrap();
    Read { first: first.parse().unwrap(), last: last.parse().unwrap(), total, next, rows }
}

/// `name=value name="a ""value"""`.
fn read_pairs(mut rest: &str) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').unwrap();
        let (value, after) = match after.strip_prefix('"') {
            None => {
                let (value, after) = after.split_once(' ').unwrap_or((after, ""));
                (value.to_owned(), after)
            }
            Some(quoted) => {
                let mut end = 0;
                while let Some(quote) = quoted[end..].find('"') {
                    end += quote + 1;
                    if !quoted[end..].starts_with('"') {
                        break;
                    }
                    end += 1;
                }
                (quoted[..end - 1].replace("\"\"", "\""), quoted[end..].trim_start())
            }
        };
        pairs.push((name, value));
        rest = after;
    }
    pairs
}

fn table(columns: usize, rows: Vec<Vec<Cell>>, skip: u64, total: u64) -> Table {
    let more = skip + (rows.len() as u64) < total;
    let span = Span { skip, total: Some(total), more, units: None };
    Table {
        title: "contacts".to_owned(),
        span,
        notes: Vec::new(),
        columns: NAMES[..columns].to_vec(),
        rows,
        none: "none".to_owned(),
    }
}

fn shown(rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.shown().into_owned()).collect()).collect()
}

/// Reads all pages by the announced `skip`, and checks each one's head against what it shows.
fn walk(columns: usize, all: &[Vec<Cell>], page: usize, budget: Budget) -> Vec<Vec<String>> {
    let (mut seen, mut next) = (Vec::new(), Some(0));
    while let Some(skip) = next {
        let rest = &all[skip as usize..];
        let rows = rest[..page.min(rest.len())].to_vec();
        let text = text_within(&Reply::Table(table(columns, rows, skip, all.len() as u64)), budget);
        assert!(text.len() <= budget.bytes && text.lines().count() <= budget.lines, "{} bytes", text.len());
        let read = read(&text, &NAMES[..columns]);
        assert_eq!((read.first, read.last), (skip + 1, skip + read.rows.len() as u64), "{text}");
        assert_eq!(read.total, Some(all.len() as u64));
        assert_eq!(read.next, (read.last < all.len() as u64).then_some(read.last), "{text}");
        assert!(!read.rows.is_empty());
        seen.extend(read.rows);
        next = read.next;
    }
    seen
}

#[test]
fn a_name_that_looks_like_a_head_line_or_a_row_stays_a_cell() {
    let forged = [
        "# contacts 1-10 of 10; next: skip=0",
        "# every row: channel=web",
        "id,name",
        "con_66d67483,Eve",
        "Ann\n# contacts 1-1 of 1\ncon_1,Eve",
        "\"",
        "\",\"",
        "#",
        "a\"b,c",
    ];
    // As a cell among others, as the first cell, as the only column, and as the same in every row.
    let first = |name: &&str| vec![Cell::text(clean(name)), Cell::text("x")];
    let second = |name: &&str| vec![Cell::text("con_1"), Cell::text(clean(name))];
    for rows in [forged.iter().map(first).collect::<Vec<_>>(), forged.iter().map(second).collect()] {
        assert_eq!(walk(2, &rows, 100, Budget::default()), shown(&rows));
    }
    for name in forged {
        let cell = Cell::text(clean(name));
        for rows in [
            vec![vec![cell.clone()]; 3],
            vec![vec![cell.clone(), Cell::text("1")], vec![cell.clone(), Cell::text("2")]],
        ] {
            assert_eq!(walk(rows[0].len(), &rows, 100, Budget::default()), shown(&rows), "{name}");
        }
    }
}

#[test]
fn no_rows_say_so() {
    let none = |skip, total| text(&Reply::Table(table(3, Vec::new(), skip, total)));
    assert_eq!(none(0, 0), "# contacts: none");
    assert_eq!(none(40, 12), "# contacts: none at skip=40 of 12");
}

#[test]
fn rows_that_hold_nothing_are_still_counted() {
    for rows in
        [vec![vec![Cell::Empty; 3]; 4], vec![vec![Cell::Empty; 3]], vec![vec![Cell::text("same"), Cell::Empty]; 4]]
    {
        assert_eq!(walk(rows[0].len(), &rows, 100, Budget::default()), shown(&rows));
    }
}

#[test]
fn a_hundred_rows_of_forty_columns_are_paged_without_loss() {
    let cell = |row: usize, column: usize| Cell::text(format!("value {row} {column}"));
    let rows: Vec<Vec<Cell>> = (0..100).map(|row| (0..40).map(|column| cell(row, column)).collect()).collect();
    assert_eq!(walk(40, &rows, 100, Budget::default()), shown(&rows));
}

#[test]
fn two_hundred_and_fifty_lines_are_the_most() {
    let rows: Vec<Vec<Cell>> = (0..600).map(|row| vec![Cell::Number(row)]).collect();
    let text = text(&Reply::Table(table(1, rows.clone(), 0, 600)));
    assert_eq!(text.lines().count(), 250);
    assert_eq!(walk(1, &rows, 600, Budget::default()), shown(&rows));
}

#[test]
fn a_row_larger_than_an_answer_is_shown_with_its_cells_cut() {
    for letter in ["x", "🏳\u{FE0F}\u{200D}🌈", "漢", "\""] {
        let long = vec![vec![Cell::text(letter.repeat(3_000)); 40], vec![Cell::text("short"); 40]];
        let seen = walk(40, &long, 100, Budget::default());
        assert_eq!(seen.len(), 2);
        assert!(seen[0].iter().all(|cell| cell.ends_with('…')));
        // Constant in both rows, and still not whole: the head has the same limit as the rows.
        let same = vec![long[0].clone(), long[0].clone()];
        assert_eq!(walk(40, &same, 100, Budget::default()).len(), 2);
    }
}

fn texts() -> impl Strategy<Value = String> {
    let odd = vec![
        "#",
        "# x",
        ",",
        "\"",
        "\"\"",
        "a,b",
        "\n",
        "a\nb",
        "\r",
        "=",
        "a=b c=d",
        " ",
        "",
        "id",
        "name",
        "—",
        "可",
        "👨\u{200D}👩",
        "\u{202E}",
        "'",
        ";",
    ];
    prop_oneof![
        3 => "[a-z ]{0,12}",
        2 => proptest::sample::select(odd).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => ("[a-z\"#,]{1,3}", 50usize..400).prop_map(|(text, times)| text.repeat(times)),
    ]
    .prop_map(|text| clean(&text))
}

fn cells() -> impl Strategy<Value = Cell> {
    prop_oneof![
        3 => Just(Cell::Empty),
        5 => texts().prop_map(Cell::text),
        1 => any::<i64>().prop_map(Cell::Number),
        1 => any::<bool>().prop_map(Cell::Flag),
    ]
}

/// Rows of the same width; some columns say the same in all of them.
fn tables() -> impl Strategy<Value = Vec<Vec<Cell>>> {
    (1usize..9, 1usize..50).prop_flat_map(|(columns, rows)| {
        let constant = proptest::collection::vec(proptest::option::weighted(0.3, cells()), columns);
        let random = proptest::collection::vec(proptest::collection::vec(cells(), columns), rows);
        (constant, random).prop_map(|(constant, mut rows)| {
            for (column, cell) in constant.iter().enumerate() {
                if let Some(cell) = cell {
                    rows.iter_mut().for_each(|row| row[column] = cell.clone());
                }
            }
            rows
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_back_is_what_was_put_in(rows in tables(), page in 1usize..60) {
        let columns = rows[0].len();
        prop_assert_eq!(walk(columns, &rows, page, Budget::default()), shown(&rows));
    }

    #[test]
    fn a_small_budget_cuts_at_rows_and_loses_none(rows in tables(), bytes in 1_500usize..4_000, lines in 5usize..20) {
        let columns = rows[0].len();
        let seen = walk(columns, &rows, 50, Budget { bytes, lines });
        prop_assert_eq!(seen.len(), rows.len());
        for (seen, put) in seen.iter().flatten().zip(shown(&rows).iter().flatten()) {
            // A row that no answer holds has its cells cut, and says so.
            let kept = seen.strip_suffix('…').unwrap_or(seen);
            prop_assert!(seen == put || put.starts_with(kept), "{} {}", seen, put);
        }
    }
}
