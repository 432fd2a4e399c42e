//! A network of its own, with the ports and names that the world outside has: a name server, a web server with TLS, and a
//! Dovecot, on loopback in a network namespace. Root makes it, by unshare(1).

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::util::{Ran, not_run, run, under, wait_until};

/// Such a network; everything in it ends with it.
pub struct World {
    keeper: Child,
    servers: Vec<Child>,
    folder: TempDir,
}

/// What dnsmasq is told beside the addresses, and what the web server has.
pub struct Setting<'a> {
    /// Lines of dnsmasq's configuration.
    pub names: &'a [&'a str],
    /// Paths behind `https://HOST`, as `HOST/PATH`, and their contents.
    pub pages: &'a [(&'a str, String)],
    /// Protocols of Dovecot: `pop3`, or only `imap`, where POP3 is switched off.
    pub protocols: &'a str,
    /// Has Dovecot TLS?
    pub has_tls: bool,
}

/// The hosts of the certificate, which are all on loopback.
const HOSTS: &[&str] = &[
    "example.test",
    "autoconfig.example.test",
    "pop.example.test",
    "mail.example.test",
    "database.test",
    "mx.provider.test",
    "autoconfig.provider.test",
    "pop.provider.test",
    "far.provider.test",
    "ua-auto-config.example.test",
];

impl World {
    pub fn new_or_skip(test: &str, setting: &Setting<'_>) -> Option<Self> {
        let programs = ["unshare", "nsenter", "ip", "dnsmasq", "dovecot", "openssl", "python3"];
        let is_there = |program: &str| {
            ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
                .iter()
                .any(|folder| std::path::Path::new(folder).join(program).exists())
        };
        let missing: Vec<&str> = programs.into_iter().filter(|program| !is_there(program)).collect();
        if !missing.is_empty() || !rustix::process::geteuid().is_root() {
            not_run(&format!("{test}: needs root, and {programs:?}; missing: {missing:?}"));
            return None;
        }
        Some(Self::new(setting))
    }

    fn new(setting: &Setting<'_>) -> Self {
        let folder = tempfile::Builder::new().prefix("mhs").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        let hosts = path("resolv.conf");
        // Its own names and mounts; the process keeps both.
        let script = format!(
            "ip link set lo up && mount --bind {} /etc/resolv.conf && echo up && exec sleep 600",
            hosts.display()
        );
        let mut keeper = Command::new("unshare");
        keeper.args(["--net", "--mount", "--", "sh", "-c", &script]).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().unwrap();
        let mut up = [0; 3];
        std::io::Read::read_exact(keeper.stdout.as_mut().unwrap(), &mut up).unwrap();
        let mut world = Self { keeper, servers: Vec::new(), folder };
        world.certify();
        world.serve_names(setting);
        world.serve_pages(setting);
        world.serve_mail(setting);
        world
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command in it.
    pub fn run(&self, command: &Command) -> Ran {
        run(&mut self.inside(command))
    }

    /// The command in it, not started yet.
    pub fn inside(&self, command: &Command) -> Command {
        let target = self.keeper.id().to_string();
        under(&["nsenter", "--target", &target, "--net", "--mount", "--"], command)
    }

    fn start(&mut self, words: &[&str]) {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let mut command = self.inside(&command);
        self.servers.push(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn certify(&self) {
        let names: Vec<String> = HOSTS.iter().map(|host| format!("DNS:{host}")).collect();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=example.test", "-addext", &format!("subjectAltName={}", names.join(","))])
            .arg("-keyout")
            .arg(self.path("key.pem"))
            .arg("-out")
            .arg(self.path("cert.pem"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn serve_names(&mut self, setting: &Setting<'_>) {
        let mut text =
            "no-resolv\nno-hosts\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\npid-file=\n".to_owned();
        text.extend(
            HOSTS
                .iter()
                .filter(|host| !host.starts_with("pop.example") || setting.has_tls)
                .map(|host| format!("host-record={host},127.0.0.1\n")),
        );
        text.extend(setting.names.iter().map(|line| format!("{line}\n")));
        // All else is not there.
        text.push_str("address=/#/\n");
        fs::write(self.path("dnsmasq.conf"), text).unwrap();
        let conf = format!("--conf-file={}", self.path("dnsmasq.conf").display());
        self.start(&["dnsmasq", "-k", &conf]);
        self.wait_for_port(53);
    }

    fn serve_pages(&mut self, setting: &Setting<'_>) {
        for (page, content) in setting.pages {
            let path = self.path("web").join(page);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::write(self.path("web.py"), WEB).unwrap();
        let folder = self.folder.path().to_str().unwrap().to_owned();
        self.start(&["python3", &format!("{folder}/web.py"), &folder]);
        self.wait_for_port(443);
    }

    fn serve_mail(&mut self, setting: &Setting<'_>) {
        let mail = self.path("mail");
        fs::create_dir(&mail).unwrap();
        chown(&mail, Some(65534), Some(65534)).unwrap();
        let folder = self.folder.path().display();
        let tls = if setting.has_tls {
            format!("ssl = yes\nssl_cert = <{folder}/cert.pem\nssl_key = <{folder}/key.pem\n")
        } else {
            "ssl = no\n".to_owned()
        };
        let login = |name: &str| format!("service {name}-login {{\n  chroot =\n}}\n");
        let logins: String = setting.protocols.split(' ').map(login).collect();
        let text = format!(
            "base_dir = {folder}/run\nlog_path = {folder}/log\nprotocols = {}\nlisten = 127.0.0.1\n{tls}\
             mail_location = maildir:{folder}/mail/%n\nfirst_valid_uid = 1\nauth_username_format = %Lu\n\
             passdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid=65534 gid=65534 home={folder}/mail/%n\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n{logins}",
            setting.protocols,
        );
        fs::write(self.path("users"), "ann@example.test:{PLAIN}secret\nlocal:{PLAIN}secret\n").unwrap();
        fs::write(self.path("dovecot.conf"), text).unwrap();
        let conf = self.path("dovecot.conf").display().to_string();
        self.start(&["dovecot", "-F", "-c", &conf]);
        let port = match (setting.protocols.contains("pop3"), setting.has_tls) {
            (true, true) => 995,
            (true, false) => 110,
            (false, _) => 993,
        };
        self.wait_for_port(port);
    }

    fn wait_for_port(&self, port: u16) {
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
        let mut probe = Command::new("bash");
        probe.args(["-c", &script]);
        wait_until(&format!("the port {port}"), || self.inside(&probe).output().unwrap().status.success());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.path("log")).unwrap_or_default());
        }
        // Dovecot ends its children itself.
        for server in self.servers.iter_mut().rev() {
            rustix::process::kill_process(rustix::process::Pid::from_child(server), rustix::process::Signal::TERM).ok();
            server.wait().unwrap();
        }
        self.keeper.kill().unwrap();
        self.keeper.wait().unwrap();
    }
}

/// Serves `web/HOST/PATH` at `https://HOST/PATH`, in clear text at no port.
const WEB: &str = r#"
import http.server, os, ssl, sys
folder = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.headers["Host"].split(":")[0]
        path = os.path.join(folder, "web", host, self.path.split("?")[0].lstrip("/"))
        with open(os.path.join(folder, "asked"), "a") as asked:
            asked.write(f"{host}{self.path}\n")
        if os.path.isfile(path):
            body = open(path, "rb").read()
            if body.startswith(b"-> "):
                self.send_response(302)
                self.send_header("Location", body[3:].decode().strip())
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
        else:
            body = b"no such page"
            self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
"#;
