//! A database for each test, at the server that `TEST_POSTGRES_URL` names. `scripts/postgres run COMMAND` starts one.

#![allow(dead_code, clippy::unwrap_used, clippy::print_stdout)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use imbrace_contacts_store::{PostgresAddress, PostgresStore};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// An empty database, which is removed at the end.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// None where no server is named.
    pub fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            println!(
                "skipped over PostgreSQL: TEST_POSTGRES_URL names no server (scripts/postgres run COMMAND starts one)"
            );
            return None;
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{since}_{number}", std::process::id());
        let new = Self { server, name };
        new.at_server(&format!("CREATE DATABASE {}", new.name));
        Some(new)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.rsplit_once('/').unwrap().0, self.name)
    }

    pub fn address(&self) -> PostgresAddress {
        PostgresAddress::parse(&self.url()).unwrap()
    }

    /// A store over it, as another process would have.
    pub fn store(&self) -> PostgresStore {
        PostgresStore::new(&self.address(), Vec::new()).unwrap()
    }

    /// Runs statements in the server's own database.
    pub fn at_server(&self, statements: &str) {
        execute(&self.server, statements);
    }

    /// Runs statements.
    pub fn execute(&self, statements: &str) {
        execute(&self.url(), statements);
    }

    /// Ends every connection to it, in the middle of whatever it does.
    pub fn cut_connections(&self) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
        self.at_server(&format!("{cut} = '{}'", self.name));
    }

    /// One number.
    pub fn number(&self, query: &str) -> i64 {
        with(&self.url(), async |client| client.query_one(query, &[]).await.unwrap().get(0))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let remove = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        with(&self.server, async |client| drop(client.batch_execute(&remove).await));
    }
}

fn execute(url: &str, statements: &str) {
    with(url, async |client| client.batch_execute(statements).await.unwrap());
}

/// On a thread of its own: a test may be async, and so may its end.
fn with<T: Send>(url: &str, work: impl AsyncFn(&Client) -> T + Sync) -> T {
    let ask = || {
        Runtime::new().unwrap().block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(async move { drop(connection.await) });
            work(&client).await
        })
    };
    std::thread::scope(|scope| scope.spawn(ask).join().unwrap())
}
