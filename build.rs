//! Build script of every room that embeds folders (`build = "../../build.rs"` in its Cargo.toml): rebuilds it when a file
//! comes or goes in them. `include_dir` itself notices only changed files.

fn main() {
    println!("cargo::rerun-if-changed=Cargo.toml");
    for folder in ["migrations", "meta", "seeds"] {
        if std::path::Path::new(folder).is_dir() {
            println!("cargo::rerun-if-changed={folder}");
        }
    }
}
