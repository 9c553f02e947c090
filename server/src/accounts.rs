//! Training accounts of a demonstration: one for each post that a tour needs, in the county with the most households.

use anyhow::{Context, anyhow};
use base::{Level, RegionCode};
use http::App;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// One account as printed.
#[derive(Clone, Debug)]
pub struct Account {
    pub login: &'static str,
    pub title: &'static str,
    pub region: RegionCode,
}

const POSTS: [(&str, &str, Level, &str); 16] = [
    ("shengji", "R02", Level::Province, "省业务岗"),
    ("shengshen", "R03", Level::Province, "省审批岗"),
    ("shujuyuan", "R04", Level::Province, "省数据运维岗"),
    ("shengshen", "R03", Level::Province, "省模型审批岗"),
    ("yibao", "R13", Level::Province, "医保数据员"),
    ("shiji", "R05", Level::City, "市业务岗"),
    ("xianji", "R06", Level::County, "县监测岗"),
    ("shending", "R07", Level::County, "县审定岗"),
    ("minzheng", "R14", Level::County, "民政核对机构"),
    ("linxian", "R06", Level::County, "邻县监测岗"),
    ("xiangzhen", "R08", Level::Town, "乡镇监测岗"),
    ("xiangshen", "R09", Level::Town, "乡镇审核岗"),
    ("cunji", "R10", Level::Village, "村级采集"),
    ("sysadmin", "SYS_ADMIN", Level::Province, "系统管理员"),
    ("secadmin", "SEC_ADMIN", Level::Province, "安全管理员"),
    ("auditor", "AUDIT_ADMIN", Level::Province, "审计管理员"),
];

/// Opens the accounts that do not exist yet; `village` says where the tour takes place. The password is made once and kept
/// in the data folder, readable by the owner only.
pub async fn open(
    app: &App,
    data: &Path,
    village: &RegionCode,
    neighbour: &RegionCode,
) -> anyhow::Result<(String, Vec<Account>)> {
    let file = data.join("demo-password.txt");
    let password = match std::fs::read_to_string(&file) {
        Ok(p) => p.trim().to_owned(),
        Err(_) => {
            let p = make_password();
            let mut f =
                std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&file).context("demo-password.txt")?;
            writeln!(f, "{p}")?;
            p
        }
    };
    let mut out = Vec::new();
    for (login, role, level, title) in POSTS {
        let region = if login == "linxian" { neighbour.ancestor(level) } else { village.ancestor(level) };
        let new = access::NewUser {
            login_name: Some(login.to_owned()),
            name: title.to_owned(),
            id_card: None,
            phone: None,
            org: "培训演示".into(),
            region_code: region.clone(),
            role: role.to_owned(),
            // ACCT_TYPE 5: training, for a demonstration database only
            account_type: "5".into(),
            valid_to: None,
            apply_doc: String::new(),
            approved_by: "演示".into(),
        };
        let done = app.access.seed_account(&new, &password).await;
        match done {
            Ok(_) => {}
            Err(e) if e.kind == base::Kind::Conflict => {}
            Err(e) => return Err(anyhow!("{login}: {} {:?}", e.chain(), e.problems)),
        }
        out.push(Account { login, title, region });
    }
    Ok((password, out))
}

/// Eighteen characters without look-alikes, of four classes.
fn make_password() -> String {
    const SETS: [&[u8]; 4] = [b"ABCDEFGHJKMNPQRSTUVWXYZ", b"abcdefghjkmnpqrstuvwxyz", b"23456789", b"-+=%"];
    (0..18)
        .map(|i| {
            let set = SETS[i % 4];
            set[rand::random_range(0..set.len())] as char
        })
        .collect()
}
