//! Checked-in outputs that people read: dictionary, permission matrix, OpenAPI, transitions, errors, coverage. Tests hold them fresh.

mod coverage;
mod errors;

use crate::assemble::catalog;
use anyhow::Context;
use meta::{Catalog, Verb};
use std::fmt::Write;
use std::path::Path;

/// (path below `docs/generated`, content); `root` is the source tree, where the error codes are read.
pub fn outputs(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let catalog = catalog()?;
    let scan = errors::scan(root, &catalog)?;
    anyhow::ensure!(scan.unread.is_empty(), "codes that cannot be told from the text:\n{}", scan.unread.join("\n"));
    let mut out = vec![
        ("permissions.md".to_owned(), permissions(&catalog)),
        ("transitions.md".to_owned(), flow::transitions_markdown(&catalog)),
        ("openapi.json".to_owned(), serde_json::to_string_pretty(&http::openapi::document(&catalog))? + "\n"),
        ("codes.md".to_owned(), codes(&catalog)),
        ("rules.md".to_owned(), crate::rule_pages::rules(&catalog)),
        ("views.sql".to_owned(), crate::rule_pages::views(&catalog)),
        ("errors.md".to_owned(), errors::page(&scan)),
        ("coverage.md".to_owned(), coverage::page(root, &catalog)?),
        ("compare.md".to_owned(), relapse::compare::page(&catalog)?),
    ];
    for m in catalog.modules() {
        out.push((format!("dictionary/{}.md", m.id), dictionary(&catalog, &m.id)));
    }
    Ok(out)
}

/// The schema after all migrations, from a database that is made for it and thrown away.
pub async fn schema() -> anyhow::Result<String> {
    with_fresh_database(async |db| Ok(store::schema::text(db.pool()).await?)).await
}

/// A draft of the migration for one dataset: the whole table, or the columns it lacks. A person reads it before it is committed.
pub async fn migration(dataset: &str) -> anyhow::Result<String> {
    let catalog = catalog()?;
    let d = catalog.dataset(dataset).with_context(|| format!("没有数据集 {dataset}，请核对描述文件的 id"))?.clone();
    let have = with_fresh_database(async |db| Ok(store::schema::columns(db.pool(), &d.table()).await?)).await?;
    Ok(if have.is_empty() { meta::ddl::create_table(&d) } else { meta::ddl::add_columns(&d, &have) })
}

async fn with_fresh_database<T>(work: impl AsyncFnOnce(&store::Db) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let folder = tempfile::tempdir()?;
    let own = store::embedded::Embedded::start(folder.path()).await?;
    let db = store::Db::connect(own.url(), 2).await?;
    let migrations = crate::migrations()?;
    migrations.migrate(db.pool()).await?;
    migrations.migrate_deferred(db.pool()).await?;
    let done = work(&db).await;
    db.close().await;
    own.stop().await?;
    done
}

/// Writes all outputs; how many files.
pub async fn write(folder: &Path) -> anyhow::Result<usize> {
    let mut all = outputs(Path::new("."))?;
    all.push(("schema.sql".to_owned(), schema().await?));
    for (name, text) in &all {
        let path = folder.join(name);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(all.len())
}

/// 数据字典: every dataset with every field.
fn dictionary(c: &Catalog, module: &str) -> String {
    let mut s = format!(
        "# 数据字典 · {}\n\n由描述文件生成（cargo xtask codegen），请勿手改。\n",
        c.module(module).map_or("", |m| m.title.as_str())
    );
    for d in c.datasets().filter(|d| d.module() == module) {
        let _ = write!(
            s,
            "\n## {} `{}`\n\n表 `{}`，登记在{}级。来源：{}\n\n| 字段 | 名称 | 类型 | 代码表 | 敏感 | 必填 | 说明 |\n|---|---|---|---|---|---|---|\n",
            d.title,
            d.id,
            d.table(),
            d.region.label(),
            d.source
        );
        for f in d.fields.values() {
            let need = match &f.required {
                meta::Need::Always(true) => "是",
                meta::Need::Always(false) => "",
                meta::Need::When(_) => "条件",
            };
            let help = f.derived.as_deref().unwrap_or(&f.help).replace('|', "\\|");
            let _ = writeln!(
                s,
                "| `{}` | {} | {} | {} | {} | {need} | {help} |",
                f.name,
                f.label,
                f.kind.name(),
                f.codes.as_deref().unwrap_or(""),
                f.sensitivity.level()
            );
        }
        for k in &d.checks {
            let _ = writeln!(s, "\n- 校验 `{}`：{}", k.id, k.tell);
        }
    }
    s
}

fn codes(c: &Catalog) -> String {
    let mut s = "# 代码表\n\n由描述文件生成（cargo xtask codegen），请勿手改。\n".to_owned();
    for l in c.code_lists() {
        let items: Vec<String> = l.items.iter().map(|i| format!("{}={}", i.code, i.label)).collect();
        let _ = write!(s, "\n## {} {}\n\n{}\n", l.id, l.title, items.join("　"));
    }
    s
}

/// Role × dataset × verb.
fn permissions(c: &Catalog) -> String {
    let mut s = "# 权限矩阵\n\n由各模块 module.toml 生成（cargo xtask codegen），请勿手改。\n\n| 数据集 | 查看 | 新增 | 修改 | 删除 | 导入 | 导出 | 明文 |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for d in c.datasets() {
        let cells: Vec<String> =
            Verb::ALL.into_iter().map(|v| c.roles_for(&d.id, v).into_iter().collect::<Vec<_>>().join(" ")).collect();
        let _ = writeln!(s, "| {} `{}` | {} |", d.title, d.id, cells.join(" | "));
    }
    s
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn what_is_checked_in_is_fresh() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = root.join("docs/generated");
        for (name, text) in super::outputs(&root).unwrap() {
            let there = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
            assert!(there == text, "docs/generated/{name} is stale: run `cargo xtask codegen` and read the difference");
        }
    }

    /// Words between backticks of a page.
    fn marked(page: &str) -> Vec<String> {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page)).unwrap();
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_glossary_names_what_there_is() {
        let catalog = crate::assemble::catalog().unwrap();
        let (mut known, mut gone) = (0, vec![]);
        for word in marked("docs/glossary.md") {
            let parts: Vec<&str> = word.split('.').collect();
            let there = match parts.as_slice() {
                [module, name] if catalog.modules().any(|m| m.id == *module) => {
                    catalog.dataset(&format!("{module}.{name}")).is_some()
                }
                [module, name, field] => {
                    catalog.dataset(&format!("{module}.{name}")).is_some_and(|d| d.fields.contains_key(*field))
                }
                [list] if list.starts_with('C') && list[1..].bytes().all(|b| b.is_ascii_digit()) => catalog.codes(list).is_some(),
                _ => continue,
            };
            known += 1;
            if !there {
                gone.push(word);
            }
        }
        assert!(gone.is_empty(), "docs/glossary.md names what is not there: {}", gone.join(", "));
        assert!(known > 80, "{known}");
    }

    #[test]
    fn the_architecture_describes_every_room() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
        for folder in ["crates", "modules"] {
            for room in std::fs::read_dir(root.join(folder)).unwrap().flatten().filter(|e| e.path().join("Cargo.toml").exists()) {
                let name = room.file_name().to_string_lossy().into_owned();
                assert!(page.contains(&format!("**{name}**")), "ARCHITECTURE.md says nothing of {folder}/{name}");
            }
        }
    }

    #[test]
    fn an_error_code_means_one_thing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let scan = super::errors::scan(&root, &crate::assemble::catalog().unwrap()).unwrap();
        assert!(scan.unread.is_empty(), "{}", scan.unread.join("\n"));
        assert!(scan.codes.len() > 250, "the scan reads the sources: {}", scan.codes.len());
        let mut bad = vec![];
        for (code, k) in &scan.codes {
            let kinds: Vec<_> = k.kinds.iter().filter(|x| *x != "字段问题").collect();
            if kinds.len() > 1 {
                bad.push(format!("{code} is of several kinds: {kinds:?}"));
            }
            let (room, fact) = code.split_once('.').unwrap_or_default();
            if room.is_empty() || fact.is_empty() {
                bad.push(format!("{code} is not room.fact"));
            }
        }
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    }
}
