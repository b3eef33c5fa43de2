//! The script that installs dependencies' packages in a jail (spec 6.5).

/// Its path inside the jail.
pub const INSTALL_SCRIPT: &str = "/tmp/dsynth_install_pkgs";

/// Installs package files of `/packages/All`, in the order given: each after all it needs.
///
/// `finish` is one more command at the end: what the system needs to find the new shared libraries.
pub fn install_script(pkgfiles: &[String], finish: Option<&str>) -> String {
    let mut script = String::from("#!/bin/sh\n");
    for file in pkgfiles {
        script += &format!("echo 'Installing /packages/All/{file}'\n");
        script += &format!("/usr/local/sbin/pkg-static add -q '/packages/All/{file}' || exit 1\n");
    }
    if let Some(finish) = finish {
        script += &format!("{finish} || exit 1\n");
    }
    script + "exit 0\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_in_order() {
        let script = install_script(&["a-1.pkg".into(), "b-2.pkg".into()], Some("/sbin/ldconfig"));
        insta::assert_snapshot!(script, @r"
        #!/bin/sh
        echo 'Installing /packages/All/a-1.pkg'
        /usr/local/sbin/pkg-static add -q '/packages/All/a-1.pkg' || exit 1
        echo 'Installing /packages/All/b-2.pkg'
        /usr/local/sbin/pkg-static add -q '/packages/All/b-2.pkg' || exit 1
        /sbin/ldconfig || exit 1
        exit 0
        ");
    }
}
