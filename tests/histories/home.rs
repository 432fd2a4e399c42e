//! The files of a history: the state folder, and the place of the mail, in a folder that may go and come back like a
//! disk. The whole of it can be kept as an image and put back, which is what a sudden end is.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mailhaul::deliver::Target;

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Maildir,
    Mbox,
}

pub struct Home {
    dir: tempfile::TempDir,
    pub place: Place,
    /// Of the Maildir or the mbox.
    pub name: String,
}

/// All files and folders at one moment; folders have no content.
pub type Image = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Home {
    pub fn new(place: Place) -> Self {
        // In memory, where syncs cost nothing.
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("mailhaul-history");
        let dir = builder.tempdir_in(memory).or_else(|_| builder.tempdir()).unwrap();
        let name = if place == Place::Maildir { "Mail" } else { "mbox" }.to_owned();
        let home = Self { dir, place, name };
        fs::create_dir(home.disk()).unwrap();
        home
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub fn ledger(&self) -> PathBuf {
        self.state().join("mailhaul.db")
    }

    /// Where the disk with the mail is mounted.
    pub fn disk(&self) -> PathBuf {
        self.path().join("disk")
    }

    /// The Maildir, or the mbox.
    pub fn mail(&self) -> PathBuf {
        self.disk().join(&self.name)
    }

    pub fn target(&self) -> Target {
        match self.place {
            Place::Maildir => Target::Maildir(self.mail()),
            Place::Mbox => Target::Mbox(self.mail()),
        }
    }

    /// The disk is not mounted any more: an empty folder is in its place.
    pub fn unmount(&self) {
        fs::rename(self.disk(), self.away()).unwrap();
        fs::create_dir(self.disk()).unwrap();
    }

    pub fn is_unmounted(&self) -> bool {
        self.away().is_dir()
    }

    /// The disk is mounted again, over whatever was made in its place meanwhile.
    pub fn mount(&self) {
        let beneath = (0..).map(|n| self.path().join(format!("beneath{n}"))).find(|path| !path.exists()).unwrap();
        fs::rename(self.disk(), beneath).unwrap();
        fs::rename(self.away(), self.disk()).unwrap();
    }

    fn away(&self) -> PathBuf {
        self.path().join("away")
    }

    /// What was delivered, wherever it is now, sorted: in new/ and cur/ of all Maildirs, or in all mboxes.
    pub fn delivered(&self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        for (path, content) in self.image() {
            let Some(content) = content else { continue };
            let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if folder == "new" || folder == "cur" {
                messages.push(content);
            } else if self.place == Place::Mbox && !path.starts_with("state") && is_mbox(&name) {
                messages.extend(split(&content));
            }
        }
        messages.sort();
        messages
    }

    /// Staged files in tmp/, by path from the home.
    pub fn staged(&self) -> Vec<PathBuf> {
        let in_tmp = |path: &PathBuf| path.parent().is_some_and(|folder| folder.ends_with("tmp"));
        self.files(in_tmp)
    }

    /// Spools of an mbox, by path from the home.
    pub fn spools(&self) -> Vec<PathBuf> {
        self.files(|path| path.file_name().unwrap_or_default().to_string_lossy().starts_with(".mailhaul-"))
    }

    /// What a finished run must not leave.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let lock = self.mail().with_extension("lock");
        let is_lock = |path: &PathBuf| self.path().join(path) == lock;
        [self.staged(), self.spools(), self.files(is_lock)].concat()
    }

    fn files(&self, choice: impl Fn(&PathBuf) -> bool) -> Vec<PathBuf> {
        let files = self.image().into_iter().filter(|(_, content)| content.is_some());
        files.map(|(path, _)| path).filter(choice).collect()
    }

    pub fn empty_tmp(&self) {
        self.staged().iter().for_each(|path| fs::remove_file(self.path().join(path)).unwrap());
    }

    pub fn remove_spools(&self) {
        self.spools().iter().for_each(|path| fs::remove_file(self.path().join(path)).unwrap());
    }

    /// A mail reader takes what is new, as read.
    pub fn read_new(&self) {
        let new = self.mail().join("new");
        for entry in fs::read_dir(&new).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            fs::rename(new.join(&name), self.mail().join("cur").join(format!("{name}:2,S"))).unwrap();
        }
    }

    pub fn image(&self) -> Image {
        image_of(self.path())
    }

    /// Puts an image back, as far as something differs. Folders stay what they are: their inodes count.
    pub fn restore(&self, image: &Image) {
        for (path, content) in self.image().iter().rev() {
            match (image.get(path), content) {
                (None, Some(_)) => fs::remove_file(self.path().join(path)).unwrap(),
                (None, None) => fs::remove_dir(self.path().join(path)).unwrap(),
                (Some(_), _) => {}
            }
        }
        // What SQLite shares between processes is no content, and another process begins anew.
        fs::remove_file(self.state().join("mailhaul.db-shm")).ok();
        for (path, content) in image {
            let full = self.path().join(path);
            match content {
                None if !full.exists() => fs::create_dir(full).unwrap(),
                Some(content) if fs::read(&full).ok().as_ref() != Some(content) => write(&full, content),
                _ => {}
            }
        }
    }

    /// Each file with its size, and each row of the ledger.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        for (path, content) in self.image() {
            match content {
                Some(content) => text += &format!("  {} ({} octets)\n", path.display(), content.len()),
                None => text += &format!("  {}/\n", path.display()),
            }
        }
        text + &rows(&self.ledger()).unwrap_or_else(|error| format!("  no ledger: {error}\n"))
    }
}

/// A home as it is at this moment, though other threads go on: taken until nothing changes meanwhile.
pub fn image_of(home: &Path) -> Image {
    let mut before = take(home);
    loop {
        let now = take(home);
        if before == now
            && let Some(image) = now
        {
            return image;
        }
        before = now;
    }
}

/// By its name, in a folder that has nothing but mboxes and what belongs to them.
fn is_mbox(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with(".lock")
}

fn write(path: &Path, content: &[u8]) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    std::io::Write::write_all(&mut file, content).unwrap();
}

/// None, if something went while it was looked at.
fn take(home: &Path) -> Option<Image> {
    let mut image = Image::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in gone_is_none(fs::read_dir(home.join(&folder)))? {
            let entry = gone_is_none(entry)?;
            let path = folder.join(entry.file_name());
            if gone_is_none(entry.file_type())?.is_dir() {
                image.insert(path.clone(), None);
                folders.push(path);
            } else if !path.to_string_lossy().ends_with("-shm") {
                image.insert(path.clone(), Some(gone_is_none(fs::read(home.join(&path)))?));
            }
        }
    }
    Some(image)
}

fn gone_is_none<T>(result: std::io::Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

/// The messages of an mbox, unquoted. A torn one is what it is.
pub fn split(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut behind_empty_line = true;
    for line in mbox.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b"From ") && behind_empty_line {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            let quotes = line.iter().take_while(|&&octet| octet == b'>').count();
            let is_quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
            message.extend_from_slice(&line[usize::from(is_quoted)..]);
        } else {
            messages.push(line.to_vec()); // what does not begin as an mbox does
        }
        behind_empty_line = line == b"\n";
    }
    for message in &mut messages {
        message.pop_if(|octet| *octet == b'\n');
    }
    messages
}

/// All rows of all tables, whatever they are.
fn rows(ledger: &Path) -> rusqlite::Result<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let ledger = rusqlite::Connection::open_with_flags(ledger, flags)?;
    let mut names = ledger.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut text = String::new();
    for name in names {
        let mut all = ledger.prepare(&format!("SELECT * FROM \"{name}\""))?;
        let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            text += &format!("  {name}:");
            for (at, column) in columns.iter().enumerate() {
                text += &format!(" {column}={}", value(row.get_ref(at)?));
            }
            text.push('\n');
        }
    }
    Ok(text)
}

fn value(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => match std::str::from_utf8(text) {
            Ok(text) if !text.contains(|letter: char| letter.is_control()) => text.to_owned(),
            _ => text.iter().map(|octet| format!("{octet:02x}")).collect(),
        },
    }
}
