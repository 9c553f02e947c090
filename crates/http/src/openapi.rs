//! The OpenAPI document, made from descriptions: what a dataset is decides its paths and schemas.

use meta::{Catalog, Dataset, Field, Kind, Need, Place};
use serde_json::{Map, Value, json};

/// The whole document (OpenAPI 3.1).
pub fn document(catalog: &Catalog) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("Problem".into(), problem());
    for d in catalog.datasets() {
        let name = schema_name(d);
        schemas.insert(name.clone(), schema(catalog, d, false));
        schemas.insert(format!("{name}In"), schema(catalog, d, true));
        let base = format!("/api/v1/{}/{}", d.module(), d.name());
        paths.insert(base.clone(), collection(d, &name));
        paths.insert(format!("{base}/{{id}}"), item(d, &name));
        paths.insert(format!("{base}/{{id}}/history"), json!({"get": op(d, "history", "变更历史", &[id_param()], None, "200")}));
        paths.insert(
            format!("{base}/{{id}}/unmask"),
            json!({"post": op(d, "unmask", "查看明文", &[id_param()], Some(body(&unmask())), "200")}),
        );
        paths.insert(format!("{base}/{{id}}/attachments"), json!({"get": op(d, "attachments", "附件", &[id_param()], None, "200"), "post": op(d, "attach", "上传附件", &[id_param()], Some(file_body()), "201")}));
        paths.insert(format!("{base}/template"), json!({"get": op(d, "template", "导入模板", &[], None, "200")}));
        paths.insert(format!("{base}/import"), json!({"post": op(d, "import", "导入", &[], Some(file_body()), "202")}));
        paths.insert(
            format!("{base}/export"),
            json!({"post": op(d, "export", "导出", &[], Some(body(&json!({"type": "object"}))), "202")}),
        );
        if let Some(f) = catalog.flow_of(&d.id) {
            let names: Vec<&str> = f.transitions.iter().map(|t| t.name.as_str()).collect();
            let p = json!({"name": "name", "in": "path", "required": true, "schema": {"type": "string", "enum": names}});
            paths.insert(
                format!("{base}/{{id}}/transitions/{{name}}"),
                json!({"post": op(d, "act", "办理", &[id_param(), p], Some(body(&json!({"type": "object"}))), "200")}),
            );
        }
    }
    for (path, method, title) in FIXED {
        let params: Vec<Value> = path
            .split('/')
            .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
            .map(|n| json!({"name": n, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        let entry = paths.entry(format!("/api/v1{path}")).or_insert_with(|| json!({}));
        if let Some(map) = entry.as_object_mut() {
            map.insert((*method).into(), json!({"summary": title, "operationId": format!("{method}{}", path.replace(['/', '{', '}', '-', '.'], "_")), "parameters": params, "responses": responses("200", None)}));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "ganong 赣农", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "ganong_session"}}},
        "security": [{"session": []}],
    })
}

/// Endpoints that do not follow from a description: path, method, what it does. The generic tests walk this list too.
pub const FIXED: &[(&str, &str, &str)] = &[
    ("/session", "post", "登录"),
    ("/session", "delete", "退出"),
    ("/me", "get", "当前用户"),
    ("/me/post", "post", "切换岗位"),
    ("/me/password", "post", "修改口令"),
    ("/me/lock", "post", "锁屏"),
    ("/me/unlock", "post", "解锁"),
    ("/me/totp/start", "post", "开始绑定动态口令"),
    ("/me/totp/confirm", "post", "确认绑定动态口令"),
    ("/me/sessions", "get", "登录会话"),
    ("/wechat/session", "post", "微信登录"),
    ("/me/wechat", "post", "绑定微信"),
    ("/me/wechat", "delete", "解除微信绑定"),
    ("/me/wechat/consent", "post", "同意接收一条订阅消息"),
    ("/me/sessions/{id}", "delete", "结束会话"),
    ("/meta/datasets", "get", "数据集"),
    ("/meta/datasets/{id}", "get", "数据集描述"),
    ("/meta/codes/{id}", "get", "代码表"),
    ("/openapi.json", "get", "接口说明"),
    ("/search", "get", "全局搜索"),
    ("/search", "post", "全局搜索（证件号码）"),
    ("/todo", "get", "待办"),
    ("/home", "get", "首页"),
    ("/jobs", "get", "我的任务"),
    ("/jobs/{id}", "get", "任务"),
    ("/jobs/{id}/cancel", "post", "取消任务"),
    ("/jobs/{id}/undo", "post", "撤销任务"),
    ("/files/{id}", "get", "下载"),
    ("/files/{id}", "delete", "删除附件"),
    ("/quality/vocabulary", "get", "规则编辑：视图、字段、函数、参数"),
    ("/quality/overview", "get", "质量看板"),
    ("/quality/rules", "get", "现行质量规则"),
    ("/quality/rules", "post", "提交规则版本"),
    ("/quality/rules/check", "post", "检查规则写法"),
    ("/quality/rules/sheet", "get", "现行规则表"),
    ("/quality/rules/sheet", "post", "规则表与现行规则比对"),
    ("/quality/rules/batch", "post", "提交多条规则版本"),
    ("/quality/rules/release", "post", "发布多条规则"),
    ("/quality/rules/try", "post", "在一个县试跑规则"),
    ("/quality/rules/{id}/versions", "get", "规则的历次版本"),
    ("/quality/rules/{id}/roll_back", "post", "回退已发布的规则"),
    ("/quality/rules/{id}/switch", "post", "按县开关规则"),
    ("/quality/editions/{id}/release", "post", "发布规则版本"),
    ("/quality/scan", "post", "发起质量检查"),
    ("/reports", "get", "统计表"),
    ("/reports/{id}", "get", "统计"),
    ("/reports/{id}/export", "post", "导出统计表"),
    ("/bulletins", "get", "通报与分析报告"),
    ("/bulletins/{id}", "get", "编成的通报"),
    ("/bulletins/{id}/export", "post", "导出通报"),
    ("/access/users", "get", "用户"),
    ("/access/users", "post", "新增用户"),
    ("/access/users/{id}", "get", "一个用户"),
    ("/access/users/{id}", "patch", "修改用户"),
    ("/access/users/{id}/posts", "post", "增加岗位"),
    ("/access/users/{id}/posts/{post}", "delete", "撤销岗位"),
    ("/access/users/{id}/{verb}", "post", "停用、恢复、重置用户"),
    ("/access/roles", "get", "角色"),
    ("/access/permissions", "get", "权限矩阵"),
    ("/access/ip-rules", "get", "地址名单"),
    ("/access/ip-rules", "post", "新增地址"),
    ("/access/ip-rules/{id}", "delete", "停用地址"),
    ("/regions", "get", "区划"),
    ("/regions/{code}", "get", "一个区划"),
    ("/household/{id}/profile", "get", "一户一档"),
    ("/relapse/dept_batch/receive", "post", "接收部门数据批次"),
    ("/relapse/dispatch_batch/{id}/approve", "post", "审批派发批次"),
    ("/reports/{id}/drill", "get", "统计数的明细"),
    ("/extracts", "get", "数据提取模板"),
    ("/extracts", "post", "新建数据提取模板"),
    ("/extracts/{id}", "patch", "修改数据提取模板"),
    ("/extracts/{id}", "delete", "删除数据提取模板"),
    ("/extracts/{id}/runs", "get", "数据提取记录"),
    ("/extracts/{id}/export", "post", "立即提取"),
    ("/queries", "get", "保存的查询"),
    ("/queries", "post", "保存查询"),
    ("/queries/fields/{dataset}", "get", "可查询的字段"),
    ("/queries/run", "post", "执行查询"),
    ("/queries/{id}", "patch", "修改查询"),
    ("/queries/{id}", "delete", "删除查询"),
    ("/queries/{id}/export", "post", "导出查询结果"),
    ("/ledgers", "get", "台账"),
    ("/ledgers/{id}", "get", "一个台账"),
    ("/ledgers/{id}/export", "post", "导出台账"),
    ("/terms", "get", "用语"),
    ("/monitor-lines", "get", "监测范围"),
    ("/registry/sync/batches", "get", "同步批次"),
    ("/registry/sync/batches", "post", "接收同步包"),
    ("/registry/sync/batches/{no}", "get", "一个同步批次"),
    ("/registry/sync/batches/{no}/rows", "get", "同步差异"),
    ("/registry/sync/batches/{no}/problems", "get", "同步问题"),
    ("/registry/sync/batches/{no}/report", "get", "同步报告"),
    ("/registry/sync/batches/{no}/approve", "post", "同意超限的县"),
    ("/registry/sync/batches/{no}/refuse", "post", "不同意超限的县"),
    ("/registry/sync/batches/{no}/apply", "post", "应用同步批次"),
    ("/registry/sync/batches/{no}/reread", "post", "重新读取同步批次"),
    ("/registry/sync/batches/{no}/rollback", "post", "回退同步批次"),
    ("/relapse/model", "get", "模型版本和参数"),
    ("/relapse/model/check", "post", "检查模型草稿的参数"),
    ("/relapse/model/outcomes", "get", "预警规则的精准率、误报率、重复率、漏报率"),
    ("/relapse/model/{id}", "get", "一个模型版本和它的回放"),
    ("/relapse/model/{id}/values", "put", "修改模型草稿的参数"),
    ("/relapse/model/{id}/replay", "post", "回放模型版本"),
    ("/relapse/steward", "get", "匹配待核的行数"),
    ("/relapse/steward/lines", "get", "匹配待核的行"),
    ("/relapse/steward/lines/{id}", "get", "一行待核和它的候选人"),
    ("/relapse/steward/lines/{id}/decide", "post", "核定一行是谁"),
    ("/relapse/steward/lines/{id}/undo", "post", "撤销核定"),
    ("/relapse/steward/nobody", "post", "成批核定不在册"),
    ("/relapse/task_pack", "post", "查询结果转任务"),
    ("/relapse/task_pack/preview", "post", "查询结果转任务的户数"),
    ("/relapse/print", "post", "打印表卡"),
    ("/toilet/print", "post", "打印农村户厕信息采集表"),
    ("/toilet/map", "get", "户厕一张图"),
    ("/yulu/term_batch/{id}/compare", "post", "比对学期学籍并派发待核实名单"),
    ("/yulu/term_batch/{id}/graduates", "post", "生成学期毕业生名单"),
    ("/relapse/clue/{id}/verify_draft", "get", "核查表初稿"),
    ("/public/regions", "get", "自主申报可选的区划"),
    ("/relapse/visit/packs", "post", "下载入户任务包"),
    ("/relapse/scan/idcard", "post", "识别身份证照片"),
    ("/relapse/interface/deliver", "post", "部门接口报送（请求签名，不用会话）"),
    ("/relapse/interface/receipt", "get", "部门接口回执（请求签名，不用会话）"),
    ("/relapse/dept_key/{id}/secret", "post", "领取接口密钥"),
    ("/relapse/self-report/form", "get", "自主申报表"),
    ("/relapse/self-report", "post", "提交自主申报"),
    ("/relapse/self-report/status", "post", "查询自主申报进度"),
    ("/audit/lines", "get", "审计日志"),
    ("/audit/verify", "post", "校验审计链"),
];

fn schema_name(d: &Dataset) -> String {
    d.id.split(['.', '_']).map(|w| w[..1].to_uppercase() + &w[1..]).collect()
}

fn collection(d: &Dataset, name: &str) -> Value {
    let mut params: Vec<Value> = d
        .in_place(Place::Filter)
        .map(|f| json!({"name": f.name, "in": "query", "description": f.label, "schema": {"type": "string"}}))
        .collect();
    for n in ["region", "q", "sort", "limit", "after", "count"] {
        params.push(json!({"name": n, "in": "query", "schema": {"type": "string"}}));
    }
    let page = json!({"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}}, "next": {"type": ["string", "null"]}, "count": {"type": ["integer", "null"]}, "count_exact": {"type": "boolean"}}});
    let mut list = op(d, "list", "查询", &params, None, "200");
    list["responses"] = responses("200", Some(&page));
    let input = json!({"$ref": format!("#/components/schemas/{name}In")});
    json!({"get": list, "post": op(d, "create", "新增", &again_params(), Some(body(&input)), "201")})
}

fn item(d: &Dataset, name: &str) -> Value {
    let mut get = op(d, "get", "查看", &[id_param()], None, "200");
    get["responses"] = responses("200", Some(&json!({"$ref": format!("#/components/schemas/{name}")})));
    let input = json!({"$ref": format!("#/components/schemas/{name}In")});
    json!({
        "get": get,
        "patch": op(d, "patch", "修改", &[vec![id_param()], again_params()].concat(), Some(body(&input)), "200"),
        "delete": op(d, "delete", "删除", &[id_param(), json!({"name": "row_version", "in": "query", "schema": {"type": "integer"}})], None, "204"),
    })
}

/// What a sender without steady signal may add to a write.
fn again_params() -> Vec<Value> {
    vec![
        json!({"name": "Idempotency-Key", "in": "header", "description": "本次写入的编号；断线后以同一编号重发，只写一次", "schema": {"type": "string", "format": "uuid"}}),
        json!({"name": "X-Description", "in": "header", "description": "填表所依据的表单版本（hash）；旧版本中已取消的栏目不再写入，并在 _warnings 中说明", "schema": {"type": "string"}}),
    ]
}

fn op(d: &Dataset, verb: &str, title: &str, params: &[Value], body: Option<Value>, ok: &str) -> Value {
    let mut out = json!({"tags": [d.module()], "summary": format!("{title}·{}", d.title), "operationId": format!("{verb}_{}", d.id.replace('.', "_")), "parameters": params, "responses": responses(ok, None)});
    if let Some(b) = body {
        out["requestBody"] = b;
    }
    out
}

fn responses(ok: &str, schema: Option<&Value>) -> Value {
    let problem = json!({"description": "问题", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let good = match schema {
        Some(s) => json!({"description": "成功", "content": {"application/json": {"schema": s}}}),
        None => json!({"description": "成功"}),
    };
    json!({ok: good, "default": problem})
}

fn body(schema: &Value) -> Value {
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}
fn file_body() -> Value {
    json!({"required": true, "content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}}})
}
fn unmask() -> Value {
    json!({"type": "object", "required": ["fields", "reason_code", "reason_text"], "properties": {"fields": {"type": "array", "items": {"type": "string"}}, "reason_code": {"type": "string"}, "reason_text": {"type": "string"}}})
}
fn id_param() -> Value {
    json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
}
fn problem() -> Value {
    json!({"type": "object", "required": ["title", "status", "code", "detail"], "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "code": {"type": "string"}, "detail": {"type": "string"}, "problems": {"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}}}}})
}

fn schema(catalog: &Catalog, d: &Dataset, input: bool) -> Value {
    let mut props = Map::new();
    let mut required = Vec::new();
    if input {
        props.insert("region_code".into(), json!({"type": "string", "pattern": "^[0-9]{12}$"}));
        props.insert("row_version".into(), json!({"type": "integer"}));
    } else {
        for (n, t) in [
            ("id", "string"),
            ("region_code", "string"),
            ("region_name", "string"),
            ("row_version", "integer"),
            ("source", "string"),
            ("created_at", "string"),
            ("updated_at", "string"),
        ] {
            props.insert(n.into(), json!({"type": t}));
        }
    }
    for f in d.fields.values().filter(|f| f.kind != Kind::Attachment && !(input && f.is_derived())) {
        props.insert(f.name.clone(), field_schema(catalog, f));
        if input && f.required == Need::Always(true) {
            required.push(f.name.clone());
        }
    }
    json!({"title": d.title, "type": "object", "properties": props, "required": required})
}

fn field_schema(catalog: &Catalog, f: &Field) -> Value {
    let mut s = match f.kind {
        Kind::Int | Kind::Month | Kind::Year | Kind::Money => json!({"type": ["integer", "null"]}),
        Kind::Bool => json!({"type": ["boolean", "null"]}),
        Kind::Codes => json!({"type": ["array", "null"], "items": {"type": "string"}}),
        Kind::Date => json!({"type": ["string", "null"], "format": "date"}),
        Kind::Moment => json!({"type": ["string", "null"], "format": "date-time"}),
        Kind::Ref => json!({"type": ["string", "null"], "format": "uuid"}),
        _ => json!({"type": ["string", "null"]}),
    };
    s["title"] = f.label.clone().into();
    if f.kind == Kind::Money {
        s["description"] = "单位：分".into();
    }
    if let Some(list) = f.codes.as_deref().and_then(|l| catalog.codes(l)) {
        s["description"] = format!("代码表 {} {}", list.id, list.title).into();
    }
    s
}
