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
    -- Where messages were delivered. kind: as in staged. A message of an older ledger has none.
    CREATE TABLE destination (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        target BLOB NOT NULL,
        UNIQUE (kind, target)
    ) STRICT;
    ALTER TABLE message ADD COLUMN destination INTEGER REFERENCES destination;

    -- Those that were not there when something was to be deleted, and of which that was said.
    CREATE TABLE missing (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        destination INTEGER NOT NULL REFERENCES destination,
        PRIMARY KEY (mailbox, destination)
    ) STRICT, WITHOUT ROWID;
",
];

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    /// Of the first version, with one of each.
    fn first_ledger(folder: &Path) {
        let db = Connection::open(folder.join(FILE)).unwrap();
        db.execute_batch(MIGRATIONS[0]).unwrap();
        db.execute_batch(
            "INSERT INTO mailbox VALUES (7, 'ann@example.org', 1000);
             INSERT INTO message VALUES (7, x'6120ff', 1, 2, 12, 1000, 2000), (7, x'62', 0, 4, NULL, 1000, NULL);
             INSERT INTO run VALUES (3, 7, 5000, 1500, 2, 1, 12, 0, 1, 75, 'broken');",
        )
        .unwrap();
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
    }

    #[test]
    fn a_ledger_of_the_first_version_keeps_all_that_it_knows() {
        let dir = tempfile::tempdir().unwrap();
        first_ledger(dir.path());
        for _ in 0..2 {
            let ledger = Ledger::open(dir.path()).unwrap();
            assert_eq!(version(&ledger.db).unwrap(), MIGRATIONS.len() as i64);
            let mailbox = ledger.find_mailbox("ann@example.org").unwrap().unwrap();
            assert_eq!(mailbox.id, 7);
            assert_eq!((mailbox.no_pipelining, mailbox.no_scram, mailbox.login_delay), (false, false, None));
            let mut known = Vec::new();
            let mut note = |of: Known<'_>| {
                known.push((of.uid.to_vec(), of.occurrence, of.settled, of.octets, of.vanished_for.is_some()));
            };
            ledger.each_known(&mailbox, &mut note).unwrap();
            let expected = [
                (b"a \xff".to_vec(), 1, Settled::DeletePending, Some(12), true),
                (b"b".to_vec(), 0, Settled::Seen, None, false),
            ];
            assert_eq!(known, expected);
            let [PastRun { mailbox, run }] = &ledger.runs(None, 9).unwrap()[..] else { panic!("not one run") };
            assert_eq!(
                (mailbox.as_str(), run.exit_code, run.error.as_deref()),
                ("ann@example.org", 75, Some("broken"))
            );
        }
    }

    #[test]
    fn a_ledger_of_a_newer_version_is_refused_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        drop(Ledger::open(dir.path()).unwrap());
        let newer = MIGRATIONS.len() as i64 + 1;
        let db = || Connection::open(dir.path().join(FILE)).unwrap();
        db().pragma_update(None, "user_version", newer).unwrap();
        let error = Ledger::open(dir.path()).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains(&format!("version {newer}")), "{error}");
        assert_eq!(version(&db()).unwrap(), newer);
    }
}
