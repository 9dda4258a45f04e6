//! A few columns over one quantity: as a table, and drawn as SVG.

use std::fmt;
use std::path::Path;

use plotters::prelude::*;

/// The colours of the lines, in their order.
const COLOURS: [RGBColor; 2] = [RGBColor(0x1f, 0x5f, 0xa8), RGBColor(0xc2, 0x5a, 0x1e)];

pub(crate) struct Chart {
    /// The name of the file, without its end.
    file: &'static str,
    title: &'static str,
    quantity: &'static str,
    columns: Vec<&'static str>,
    points: Vec<(f64, Vec<f64>)>,
    /// Whether the quantity grows by powers of ten.
    powers: bool,
}

impl Chart {
    pub(crate) fn new(
        file: &'static str,
        title: &'static str,
        quantity: &'static str,
        columns: &[&'static str],
    ) -> Self {
        Self { file, title, quantity, columns: columns.to_vec(), points: Vec::new(), powers: false }
    }

    pub(crate) fn add(&mut self, at: f64, values: &[f64]) {
        self.points.push((at, values.to_vec()));
    }

    /// The same with a scale of powers of ten.
    pub(crate) fn by_powers(self) -> Self {
        Self { powers: true, ..self }
    }

    /// Draws it into `docs/`.
    pub(crate) fn draw(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(self.file).with_extension("svg");
        self.drawn(&path).expect("the chart is drawn");
    }

    fn drawn(&self, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let place = |at: f64| if self.powers { at.log10() } else { at };
        let area = SVGBackend::new(path, (640, 360)).into_drawing_area();
        area.fill(&WHITE)?;
        let last = self.points.iter().map(|(at, _)| place(*at)).fold(0.0, f64::max);
        let top = self.points.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max) * 1.15;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(38)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..last, 0.0..top)?;
        let label = |at: &f64| if self.powers { format!("{}", 10_f64.powf(*at).round()) } else { format!("{at:.0}") };
        chart.configure_mesh().x_desc(self.quantity).x_label_formatter(&label).light_line_style(WHITE).draw()?;
        for (number, (name, colour)) in self.columns.iter().zip(COLOURS).enumerate() {
            let line = self.points.iter().map(|(at, values)| (place(*at), values[number]));
            let legend = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour);
            chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?.label(*name).legend(legend);
        }
        let mut labels = chart.configure_series_labels();
        labels.position(SeriesLabelPosition::UpperLeft).border_style(BLACK);
        labels.background_style(WHITE.mix(0.8)).draw()?;
        area.present()?;
        Ok(())
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "\n{}\n\n| {} | {} |", self.title, self.quantity, self.columns.join(" | "))?;
        writeln!(formatter, "|{}", "---|".repeat(self.columns.len() + 1))?;
        for (at, values) in &self.points {
            let values: Vec<String> = values.iter().map(|value| format!("{value:.1}")).collect();
            writeln!(formatter, "| {at} | {} |", values.join(" | "))?;
        }
        Ok(())
    }
}
