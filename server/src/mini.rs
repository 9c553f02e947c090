//! Settings of the mini-program's platform from the command line; in a demonstration without any, a platform of our own answers.

use anyhow::anyhow;
use http::wechat::Platform;

/// What the command line says about it.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct WechatOptions {
    /// Identifier of the mini-program; none: no sign-in by WeChat
    #[arg(long = "wechat-app", env = "GANONG_WECHAT_APP")]
    pub app: Option<String>,
    /// Its secret; by the environment only, so that it stands in no list of processes
    #[arg(skip)]
    pub secret: Option<String>,
    /// The platform, or a gateway before it
    #[arg(long = "wechat-url", env = "GANONG_WECHAT_URL", default_value = "https://api.weixin.qq.com")]
    pub url: String,
    /// Template of the reminder of waiting work; none: no messages
    #[arg(long = "wechat-template", env = "GANONG_WECHAT_TEMPLATE")]
    pub template: Option<String>,
    /// Its fields: how many wait, how many are overdue, a day, a sentence
    #[arg(long = "wechat-fields", env = "GANONG_WECHAT_FIELDS", default_value = "number1,number2,date3,thing4")]
    pub fields: String,
}

const DEMO: [&str; 3] = ["wx-demonstration", "demonstration", "todo-reminder"];

impl WechatOptions {
    /// The platform to speak to; none where nothing is configured.
    pub async fn platform(&self, demo: bool) -> anyhow::Result<Option<Platform>> {
        let names: Vec<String> = self.fields.split(',').map(|f| f.trim().to_owned()).filter(|f| !f.is_empty()).collect();
        let fields: [String; 4] =
            names.try_into().map_err(|_| anyhow!("订阅消息的字段须是 4 个，用逗号分开：待办数、超期数、日期、说明。"))?;
        let (app, secret, url, template) = match &self.app {
            Some(app) => {
                let secret = self.secret.clone().or_else(|| std::env::var("GANONG_WECHAT_SECRET").ok()).filter(|s| !s.is_empty());
                let secret =
                    secret.ok_or_else(|| anyhow!("已指定小程序标识，还须用环境变量 GANONG_WECHAT_SECRET 给出小程序密钥。"))?;
                (app.clone(), secret, self.url.clone(), self.template.clone())
            }
            None if demo => {
                let [app, secret, template] = DEMO;
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                let url = wechat::peer::start(wechat::peer::Peer::new(app, secret).template(template, &fields)).await;
                let url = url.map_err(|e| anyhow!(e.chain()))?;
                tracing::info!("微信平台由演示程序代替：{url}");
                (app.to_owned(), secret.to_owned(), url, Some(template.to_owned()))
            }
            None => return Ok(None),
        };
        let client = wechat::Client::new(wechat::Config::new(&url, &app, &secret)).map_err(|e| anyhow!(e.sentence))?;
        Ok(Some(Platform { client, template, fields, page: "pages/today/today".into(), hours: (8, 20) }))
    }
}
