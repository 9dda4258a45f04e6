//! Shows that what one process gave is good at every other and tomorrow: short ids, confirmations and plans of several processes over one
//! state directory, which are killed and started again all the time.
//!
//! ```sh
//! cargo run --release -p stress --bin store       # 10,000 calls, 20 restarts, 100 kills
//! cargo run -p stress --bin store -- --quick      # 600 calls, 3 restarts, 8 kills; times of calls are printed and not judged
//! ```

mod takeover;

use std::process::ExitCode;

use stress::peer;
use stress::shared::{Shared, confirmations, ids, tell, times};

fn main() -> anyhow::Result<ExitCode> {
    if let Some(ended) = peer::serve_if_asked() {
        return Ok(ended);
    }
    if takeover::apply_if_asked()? {
        return Ok(ExitCode::SUCCESS);
    }
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    // An error says that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let good = runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let own = |name: &str| Shared::Directory(folder.path().join(name));
        let ids = ids(&own("ids"), if is_quick { (600, 3) } else { (10_000, 20) }).await?;
        let once = confirmations(&own("confirmations"), if is_quick { 2 } else { 10 }).await?;
        let (figure, is_met) = takeover::takeover(if is_quick { 8 } else { 100 }, if is_quick { 1 } else { 5 }).await?;
        let taken_over = tell("apply", &figure, "0, 0, 0 and 10 s", is_met)?;
        let times = times(&own("times"), (if is_quick { 40 } else { 1_000 }, is_quick), (1.1, 5.0)).await?;
        anyhow::Ok(ids && once && taken_over && times)
    })?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
