use super::*;

/// One that began so many milliseconds after 1970, and brought as many messages.
pub(super) fn run(started: u64) -> Run {
    Run {
        started: SystemTime::UNIX_EPOCH + Duration::from_millis(started),
        duration: Duration::from_millis(15),
        listed: Some(9),
        fetched: started,
        octets: 100,
        deleted: 1,
        failed: 2,
        exit_code: 75,
        error: Some("broken".into()),
    }
}

fn started(ledger: &Ledger) -> Vec<u64> {
    ledger.runs(None, 99).unwrap().iter().map(|past| past.run.fetched).collect()
}

#[test]
fn the_newest_runs_are_told_last() {
    let mut home = Home::new();
    let bob = home.ledger.mailbox("bob@example.org").unwrap();
    for at in [1, 3, 2] {
        home.ledger.add_run(&home.mailbox, &run(at)).unwrap();
    }
    home.ledger.add_run(&bob, &run(9)).unwrap();
    let home = home.again();
    assert_eq!(started(&home.ledger), [1, 2, 3, 9]);
    let of_ann = home.ledger.runs(Some(ANN), 2).unwrap();
    assert_eq!(of_ann, [2, 3].map(|at| PastRun { mailbox: ANN.into(), run: run(at) }));
}

#[test]
fn idle_runs_are_forgotten_after_a_week() {
    let mut home = Home::new();
    let idle = |at| Run { fetched: 0, deleted: 0, failed: 0, exit_code: 0, ..run(at) };
    let day = 24 * 3600 * 1000;
    for run in [idle(1), run(2), idle(5 * day), idle(8 * day)] {
        home.ledger.add_run(&home.mailbox, &run).unwrap();
    }
    // The first one stays: since then there may have been no mail.
    home.ledger.add_run(&home.mailbox, &idle(8 * day + 2)).unwrap();
    let kept: Vec<u128> = (home.ledger.runs(None, 9).unwrap().iter())
        .map(|past| past.run.started.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis())
        .collect();
    let day = u128::from(day);
    assert_eq!(kept, [1, 2, 5 * day, 8 * day, 8 * day + 2]);
    home.ledger.add_run(&home.mailbox, &idle(13 * day as u64)).unwrap();
    assert_eq!(home.ledger.runs(None, 9).unwrap().len(), 5, "the one of the fifth day has gone");
    home.ledger.add_run(&home.mailbox, &idle(420 * day as u64)).unwrap();
    assert_eq!(home.ledger.runs(None, 9).unwrap().len(), 1);
}

/// A server that is away for a month: since when is still known.
#[test]
fn the_last_run_that_ended_well_is_kept() {
    let mut home = Home::new();
    let day = 24 * 3600 * 1000;
    let idle = |at| Run { fetched: 0, deleted: 0, failed: 0, exit_code: 0, ..run(at) };
    for run in [idle(1), idle(2), run(3), run(30 * day), run(500 * day)] {
        home.ledger.add_run(&home.mailbox, &run).unwrap();
    }
    let begun: Vec<u128> = (home.ledger.runs(None, 9).unwrap().iter())
        .map(|past| past.run.started.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis())
        .collect();
    assert_eq!(begun, [2, 500 * u128::from(day)]);
}

#[test]
fn damaged_notes_are_set_aside() {
    let garbage = |path: &Path| std::fs::write(path, [7; 8192]).unwrap();
    let emptied = |path: &Path| Connection::open(path).unwrap().execute_batch("DROP TABLE run").unwrap();
    let newer = |path: &Path| Connection::open(path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    type Damage<'a> = &'a dyn Fn(&Path);
    let cases: [(Damage<'_>, bool); 3] = [(&garbage, true), (&emptied, true), (&newer, false)];
    for (damage, is_mended) in cases {
        let mut home = Home::new();
        home.ledger.add_run(&home.mailbox, &run(1)).unwrap();
        let file = home.dir.path().join("runs.db");
        let mut home = home.again();
        damage(&file);
        assert!(home.ledger.runs(None, 9).is_err());
        let added = home.ledger.add_run(&home.mailbox, &run(2));
        assert_eq!(added.is_ok(), is_mended);
        if is_mended {
            assert_eq!(started(&home.ledger), [2]);
            assert_eq!(open::look(&home.dir.path().join("runs.db.damaged")).unwrap(), FilePresence::There);
        }
        home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    }
}

/// Were the first run after an upgrade killed between the two files, its notes would be in both.
#[test]
fn notes_that_are_in_both_files_are_moved_once() {
    let mut home = Home::new();
    home.ledger.add_run(&home.mailbox, &run(5)).unwrap();
    let mut insert = |at: u64| {
        let sql = "INSERT INTO run (mailbox, started_at, duration, listed, fetched, octets, deleted, failed, exit_code, error)
                   VALUES (?1, ?2, 15, 9, ?2, 100, 1, 2, 75, 'broken')";
        home.ledger.db.execute(sql, params![home.mailbox.id, at]).unwrap();
    };
    [4, 5].into_iter().for_each(&mut insert);
    assert_eq!(started(&home.ledger), [4, 5]);
    let left: i64 = home.ledger.db.query_row("SELECT count(*) FROM run", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    assert_eq!(home.ledger.runs(None, 9).unwrap()[1].run, run(5));
}
