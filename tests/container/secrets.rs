//! Secrets that cannot be chmod-ed: of root or of some user of the host, readable by everybody, on a read-only mount, as
//! Kubernetes, Docker and Podman have them. Whoever runs here has no name, no home, and often the group of root.

use super::*;
use crate::server::TlsMode;

/// `mailhaul stat` in clear text; the password comes from where `more` says.
fn stat(home: &Home, server: &Server, more: &[&str]) -> Command {
    let url = server.url("ann");
    home.mailhaul([&["stat", &url, "--tls", "none"], more].concat())
}

fn server() -> Server {
    Server::start(Config::new(&Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])))
}

/// As Kubernetes mounts a Secret: a folder for everybody, in memory, with links to what is valid at the moment.
const KUBERNETES: &str = "mkdir -m 755 /mnt/..2026_11_27; printf 'secret\\n' > /mnt/..2026_11_27/password; \
     chmod MODE /mnt/..2026_11_27/password; ln -s ..2026_11_27 /mnt/..data; ln -s ..data/password /mnt/password; \
     chmod 1777 /mnt; mount -o remount,ro /mnt";

/// As compose binds a file of the host, which belongs to a user there.
const COMPOSE: &str = "mkdir -p /run/secrets; touch /run/secrets/x; printf 'secret\\n' > /mnt/x; chown 1000:1000 /mnt/x; \
     chmod 444 /mnt/x; mount --bind /mnt/x /run/secrets/x; mount -o remount,bind,ro /run/secrets/x; umount -l /mnt";

#[test]
fn a_password_is_read_whoever_we_are() {
    let (home, server) = (Home::new(), server());
    let kubernetes = |mode: &str| KUBERNETES.replace("MODE", mode);
    for (make, file) in [
        (kubernetes("444"), "/mnt/password"),
        (kubernetes("440"), "/mnt/password"), // for the group of root
        (kubernetes("644"), "/mnt/password"),
        (COMPOSE.to_owned(), "/run/secrets/x"),
    ] {
        for user in [12345, 0] {
            let by_flag = stat(&home, &server, &["--password-file", file]);
            let Some(mut by_flag) = in_container(&home, user, &make, &by_flag) else { return };
            run(&mut by_flag).code(0).prints("1 ");
            let mut by_variable = stat(&home, &server, &[]);
            let by_variable = by_variable.env_remove("HOME").env("MAILHAUL_PASSWORD_FILE", file);
            run(&mut in_container(&home, user, &make, by_variable).unwrap()).code(0).prints("1 ");
        }
    }
}

/// A configuration that names a password is such a secret as well.
#[test]
fn a_configuration_with_a_password_is_read_whoever_we_are() {
    let (home, server) = (Home::new(), server());
    let text = format!("[account.x]\nsource = \"{}\"\ntls = \"none\"\npassword = \"secret\"\n", server.url("ann"));
    fs::write(home.path("config.toml"), text).unwrap();
    let put = |owner: &str, at: &str| {
        format!(
            "cp {} {at}; chown {owner} {at}; chmod 444 {at}; mount -o remount,ro /mnt",
            home.path("config.toml").display()
        )
    };
    let (root, stranger) = ("0:0", "1000:1000");
    let command = |file: &str| {
        let mut command = home.mailhaul(["stat", "x"]);
        command.env_remove("HOME").env("MAILHAUL_CONFIG", file);
        command
    };
    let in_secrets = format!("mkdir -p /run/secrets; {}", put(stranger, "/run/secrets/config.toml"));
    for (make, file) in [(put(root, "/mnt/config.toml"), "/mnt/config.toml"), (in_secrets, "/run/secrets/config.toml")]
    {
        for user in [12345, 0] {
            let Some(mut there) = in_container(&home, user, &make, &command(file)) else { return };
            run(&mut there).code(0).prints("1 ");
        }
    }
    // Elsewhere its owner could make us run any command, and what is said of that can be done.
    let make = put(stranger, "/mnt/config.toml");
    let refused = run(&mut in_container(&home, 12345, &make, &command("/mnt/config.toml")).unwrap());
    refused.code(78).says("belongs to another user").says("mount it in /run/secrets, where its owner does not matter");
}

/// In that folder a file that others can write is refused all the same: it may name commands.
#[test]
fn a_configuration_that_others_can_write_is_refused() {
    let home = Home::new();
    fs::write(home.path("config.toml"), "").unwrap();
    let make = format!("mkdir -p /run/secrets; install -m 646 {} /run/secrets/c", home.path("config.toml").display());
    let command = home.mailhaul(["account", "list", "--config", "/run/secrets/c"]);
    let Some(mut command) = in_container(&home, 12345, &make, &command) else { return };
    run(&mut command).code(78).says("can be written by others");
}

#[test]
fn a_client_key_is_read_whoever_we_are() {
    let maildrop = Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")]);
    let server = Server::start(Config::new(&maildrop).tls(TlsMode::Implicit).demands_certificate());
    let home = Home::new();
    let make = format!(
        "mkdir -p /run/secrets; cp {} /run/secrets/me.pem; cp {} /run/secrets/ca.pem; printf 'secret\\n' > /run/secrets/pw; \
         chown 1000:1000 /run/secrets/*; chmod 444 /run/secrets/*",
        server.client_file().display(),
        server.ca_file().display()
    );
    let in_secrets = ["ca-file", "client-cert", "password-file"].into_iter().zip(["ca.pem", "me.pem", "pw"]);
    let flags: Vec<String> = in_secrets.map(|(flag, name)| format!("--{flag}=/run/secrets/{name}")).collect();
    let url = server.url("ann");
    let mut command = home.mailhaul(["stat", &url, "--tls", "implicit"]);
    let Some(mut command) = in_container(&home, 12345, &make, command.args(flags)) else { return };
    run(&mut command).code(0).prints("1 ");
}

/// A folder on a volume of root's, for whose group everybody here works: as with Kubernetes' fsGroup, or an emptyDir.
#[test]
fn history_and_mail_are_kept_on_a_volume_of_root() {
    let maildrop = Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    for mode in [0o2775, 0o777] {
        let home = Home::new();
        fs::create_dir(home.path("volume")).unwrap();
        fs::set_permissions(home.path("volume"), fs::Permissions::from_mode(mode)).unwrap();
        let make = format!("mount --bind {} /mnt", home.path("volume").display());
        let mut command = home.mailhaul(["fetch"]);
        command.env_clear().env("MAILHAUL_SOURCE", server.url("ann")).env("MAILHAUL_TLS", "none");
        command.env("MAILHAUL_PASSWORD", "secret");
        command.env("MAILHAUL_STATE_DIR", "/mnt/state").env("MAILHAUL_MAILDIR", "/mnt/Mail");
        let before = maildrop.bodies_sent("u1");
        for _ in 0..2 {
            let Some(mut command) = in_container(&home, 12345, &make, &command) else { return };
            run(&mut command).code(0).silent();
        }
        assert_eq!(maildrop.bodies_sent("u1"), before + 1);
        assert_eq!(fs::read_dir(home.path("volume/Mail/new")).unwrap().count(), 1);
        // What is refused, as others could put their files there, says what can be done about it.
        let at_the_top = command.env("MAILHAUL_STATE_DIR", "/mnt");
        let refused = run(&mut in_container(&home, 12345, &make, at_the_top).unwrap());
        refused
            .code(78)
            .says("can be changed by other users")
            .says("name a folder inside of it, such as /mnt/mailhaul");
    }
}
