//! The tables of the ledger: an append-only list of migrations.

/// One entry a version. Never change or remove one: add another.
pub(super) const MIGRATIONS: [&str; 9] = [
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
    "
    -- The ledger's own clock, on which all ages count (seconds), and what the machine's clock showed when it was written.
    ALTER TABLE ledger ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE ledger ADD COLUMN clock_at INTEGER NOT NULL DEFAULT 0;

    -- run: a random name of the run whose mailbox it is; serial: grows with every change of its rows.
    ALTER TABLE mailbox ADD COLUMN run BLOB;
    ALTER TABLE mailbox ADD COLUMN serial INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN no_top_since INTEGER;
    ALTER TABLE mailbox ADD COLUMN asks_first_until INTEGER;
    ALTER TABLE mailbox ADD COLUMN uids_are_numbers INTEGER NOT NULL DEFAULT 0;

    -- What is settled. state: 1 published, 2 delete pending, 3 deleted, 4 seen without a download, 5 presumed. A message
    -- whose unique-id was given to another one has an occurrence from 1,000,000 on.
    ALTER TABLE message RENAME TO message_before;
    CREATE TABLE message (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        state INTEGER NOT NULL,
        octets INTEGER,                      -- as LIST said
        received INTEGER,                    -- as they came over the line
        fingerprint BLOB,                    -- NULL: not asked for; x'00': TOP does not tell it
        settled_at INTEGER NOT NULL,
        vanished_at INTEGER,                 -- first complete listing without it
        deletes INTEGER NOT NULL DEFAULT 0,  -- confirmed deletions
        PRIMARY KEY (mailbox, uid, occurrence)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO message (mailbox, uid, occurrence, state, octets, settled_at, vanished_at)
        SELECT mailbox, uid, occurrence, state, octets, settled_at, vanished_at
        FROM message_before ORDER BY mailbox, uid, occurrence;
    CREATE INDEX message_vanished ON message (mailbox, fingerprint) WHERE vanished_at IS NOT NULL;

    -- Where messages were delivered. The rows go where their message goes.
    CREATE TABLE delivery (
        mailbox INTEGER NOT NULL,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        destination INTEGER NOT NULL REFERENCES destination,
        delivered_at INTEGER NOT NULL,
        PRIMARY KEY (mailbox, uid, occurrence, destination),
        FOREIGN KEY (mailbox, uid, occurrence) REFERENCES message ON DELETE CASCADE ON UPDATE CASCADE
    ) STRICT, WITHOUT ROWID;
    INSERT INTO delivery SELECT mailbox, uid, occurrence, destination, settled_at
        FROM message_before WHERE destination IS NOT NULL ORDER BY mailbox, uid, occurrence;

    -- What is on its way: recorded before it is published, gone when that is known. kind: 0 Maildir, 1 mbox.
    ALTER TABLE staged RENAME TO staged_before;
    CREATE TABLE staged (
        id INTEGER PRIMARY KEY,
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        uid BLOB NOT NULL,
        occurrence INTEGER NOT NULL,
        octets INTEGER,
        received INTEGER,
        fingerprint BLOB,
        kind INTEGER NOT NULL,
        target BLOB NOT NULL,
        file BLOB NOT NULL,
        spool_offset INTEGER NOT NULL,
        target_offset INTEGER NOT NULL,
        length INTEGER NOT NULL,
        hash BLOB NOT NULL,
        failed INTEGER NOT NULL DEFAULT 0,    -- our own rename was seen to fail
        presumed INTEGER NOT NULL DEFAULT 0,  -- found neither staged nor published
        UNIQUE (mailbox, uid, occurrence, kind, target)
    ) STRICT;
    INSERT INTO staged (id, mailbox, uid, occurrence, octets, kind, target, file, spool_offset, target_offset, length, hash)
        SELECT id, mailbox, uid, occurrence, octets, kind, target, file, spool_offset, target_offset, length, hash
        FROM staged_before ORDER BY id;

    -- identity: what tells that the place is still the one that it was.
    ALTER TABLE destination ADD COLUMN identity BLOB;
    INSERT OR IGNORE INTO destination (kind, target) SELECT DISTINCT kind, target FROM staged_before;

    -- The places into which a mailbox has delivered.
    CREATE TABLE used (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        destination INTEGER NOT NULL REFERENCES destination,
        PRIMARY KEY (mailbox, destination)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO used
        SELECT mailbox, destination FROM message_before WHERE destination IS NOT NULL
        UNION SELECT mailbox, destination.id FROM staged_before JOIN destination USING (kind, target);

    DROP TABLE message_before;
    DROP TABLE staged_before;

    -- attempts: since the first refusal, or since it was given up; days: different days on which RETR was refused; next_try: not before; said: its last word was said, so that it is not
    -- tried again by itself; bound: it is larger than so many octets. What was given up before is tried again.
    ALTER TABLE trouble ADD COLUMN days INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE trouble ADD COLUMN last_day INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE trouble ADD COLUMN next_try INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE trouble ADD COLUMN given_up_at INTEGER;
    ALTER TABLE trouble ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE trouble ADD COLUMN bound INTEGER;
    UPDATE trouble SET days = 1, last_day = last_at / 86400, attempts = 1 WHERE kind = 0;
    UPDATE trouble SET attempts = 0 WHERE kind <> 0;
",
    "
    -- Seconds since 1970: since then CAPA has ended sessions; since then a channel binding has been refused.
    ALTER TABLE mailbox ADD COLUMN no_capa_since INTEGER;
    ALTER TABLE mailbox ADD COLUMN no_binding_since INTEGER;
",
    "
    -- Logins that were refused in a row, and when the last of them was; and until when nobody but a person is to try
    -- another one.
    ALTER TABLE mailbox ADD COLUMN logins_refused INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN login_refused_at INTEGER;
    ALTER TABLE mailbox ADD COLUMN no_login_until INTEGER;
    -- The last place of which was said that the messages had been delivered elsewhere before.
    ALTER TABLE mailbox ADD COLUMN told_of BLOB;
    -- Somebody was offered to keep the password in the keyring, and did not want that.
    ALTER TABLE mailbox ADD COLUMN keyring_declined INTEGER NOT NULL DEFAULT 0;
",
    "
    -- Kinds of destination from now on: 2 a folder of .eml files, 3 a command, 4 LMTP, 5 SMTP, 6 IMAP; of 3 to 6 the target is
    -- a name. message.state 6: a destination does not have it yet.
    -- In staged, an empty file: nothing is staged, and the message is to be fetched for this destination. Of a hand-over,
    -- file is a file of the outbox, length its octets, and hash what the receiver is asked by if no answer came. why: why it
    -- waits; doubted_at: when it was first looked for after a hand-over without an answer; refused and the rest: the
    -- destination does not want it, as in trouble.
    ALTER TABLE staged ADD COLUMN why TEXT;
    ALTER TABLE staged ADD COLUMN doubted_at INTEGER;
    ALTER TABLE staged ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE staged ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE staged ADD COLUMN days INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE staged ADD COLUMN last_day INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE staged ADD COLUMN next_try INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE staged ADD COLUMN given_up_at INTEGER;
    ALTER TABLE staged ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
",
    "
    -- How another program wrote the unique-id, if not all as servers have them; until the next listing tells which message
    -- it is: 1 to the first blank, and 128 octets at most; 2 with - for each /.
    ALTER TABLE message ADD COLUMN form INTEGER;
    CREATE INDEX message_form ON message (mailbox, uid) WHERE form IS NOT NULL;
",
    "
    -- What is wrong with a mailbox for some time. subject: 0 runs fail, 1 the certificate expires, 2 messages were given up or
    -- are presumed, 3 no new mail, 4 messages are refused. Times are of the ledger's clock. said: on standard error; reported: to the user's command;
    -- level: how bad it was then. is_over: it is over, and the command is still to be told.
    CREATE TABLE incident (
        mailbox INTEGER NOT NULL REFERENCES mailbox,
        subject INTEGER NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        exit_code INTEGER,
        since INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        said_at INTEGER,
        said_level INTEGER NOT NULL DEFAULT 0,
        reported_at INTEGER,
        reported_level INTEGER NOT NULL DEFAULT 0,
        is_over INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (mailbox, subject)
    ) STRICT, WITHOUT ROWID;
    -- Seconds since 1970, on the machine's clock: when the certificate expires that the server has shown last.
    ALTER TABLE mailbox ADD COLUMN certificate_expires INTEGER;
    CREATE INDEX message_presumed ON message (mailbox) WHERE state = 5;
",
];
