use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Kind, Result};

/// Brings the schema up to date. Refuses what is no ledger, and one that a newer mailhaul wrote.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    let newest = MIGRATIONS.len() as i64;
    if version(db)? == newest {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    if version > newest {
        return Err(Error::new(
            Kind::Config,
            format!("the ledger has version {version}, this mailhaul knows {newest}"),
        )
        .hint("use the mailhaul that wrote it, or a newer one"));
    }
    let application: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(Error::new(Kind::Config, "the file is a database of another program")
            .hint("name another folder by --state-dir"));
    }
    for migration in &MIGRATIONS[version as usize..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    Ok(())
}

fn version(db: &Connection) -> Result<i64> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// "mhau", so that file(1) and people can tell.
const APPLICATION_ID: i32 = 0x6d68_6175;

/// One entry a version. Never change or remove one: add another.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE ledger (id BLOB NOT NULL) STRICT;
    INSERT INTO ledger VALUES (randomblob(16));

    CREATE TABLE mailbox (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        no_pipelining_since INTEGER
    ) STRICT;

    -- What is settled. state: 1 published, 2 delete pending, 3 deleted, 4 seen without a download.
    CREATE TABLE message (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        state INTEGER NOT NULL,
        octets INTEGER,        -- as LIST said
        settled_at INTEGER NOT NULL,
        vanished_at INTEGER,   -- first complete listing without it
        PRIMARY KEY (mailbox, uid, occurrence)
    ) STRICT, WITHOUT ROWID;

    -- What is on its way: recorded before it is published, gone when that is known. kind: 0 Maildir, 1 mbox.
    CREATE TABLE staged (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        octets INTEGER,
        recorded_at INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        target BLOB NOT NULL,
        file BLOB NOT NULL,
        spool_offset INTEGER NOT NULL,
        target_offset INTEGER NOT NULL,
        length INTEGER NOT NULL,
        hash BLOB NOT NULL,
        UNIQUE (mailbox, uid, occurrence)
    ) STRICT;

    -- Messages that could not be fetched.
    CREATE TABLE trouble (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        text TEXT NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (mailbox, uid, occurrence)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        started_at INTEGER NOT NULL,   -- milliseconds since 1970
        duration INTEGER NOT NULL,     -- milliseconds
        listed INTEGER,
        fetched INTEGER NOT NULL,
        octets INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        exit_code INTEGER NOT NULL,
        error TEXT
    ) STRICT;
    CREATE INDEX run_by_mailbox ON run (mailbox, started_at);
",
    "
    -- Seconds since 1970: before it the server wants no login; since then it has refused SCRAM.
    ALTER TABLE mailbox ADD COLUMN next_login_at INTEGER;
    ALTER TABLE mailbox ADD COLUMN no_scram_since INTEGER;
",
    "
    -- Where messages were delivered: a Maildir's folder or an mbox. A message of an older ledger has none.
    CREATE TABLE destination (
        id INTEGER PRIMARY KEY,
        target BLOB NOT NULL UNIQUE,
        missing INTEGER NOT NULL DEFAULT FALSE   -- was it so when it was looked for last?
    ) STRICT;
    ALTER TABLE message ADD COLUMN destination INTEGER REFERENCES destination;
",
];
