"""What `shujia doctor` says, in Chinese and English: what was found, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from app.error_words import error_text
from app.word_forms import worded
from app.words import Language

_MARKS = {"ok": ("正常", "ok"), "warn": ("注意", "warn"), "bad": ("有问题", "bad")}

_FOUND: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "check_failed": ("这项检查本身失败：{error}", "this check failed itself: {error}"),
    "python": ("Python {version}，{system}", "Python {version} on {system}"),
    "packages": (
        "{count} 个软件包齐全（shujia {version}）",
        "{count:# package is|packages are} here (shujia {version})",
    ),
    "packages_wrong": ("缺少或版本不符：{packages}", "missing or of another version: {packages}"),
    "faiss": ("{build}", "{build}"),
    "faiss_both": ("faiss-cpu 和 faiss-gpu 同时装着", "faiss-cpu and faiss-gpu are both installed"),
    "faiss_none": ("没有 FAISS", "FAISS is not installed"),
    "memory": ("可用内存 {free:.1f} / {total:.1f} GiB", "{free:.1f} of {total:.1f} GiB of memory are free"),
    "disk": ("{folder} 所在磁盘剩余 {free:.1f} GiB", "{free:.1f} GiB are free for {folder}"),
    "gpu_none": ("没有 GPU，用处理器计算", "no GPU: the processor computes"),
    "gpu_sick": ("nvidia-smi 没有回答：{error}", "nvidia-smi did not answer: {error}"),
    "gpu": ("{names}", "{names}"),
    "port_free": ("{host}:{port} 可用", "{host}:{port} is free"),
    "port_taken": ("{host}:{port} 不可用（{error}）", "{host}:{port} cannot be had ({error})"),
    "settings_none": (
        "没有 shujia.toml：使用默认值和 SHUJIA_* 变量",
        "no shujia.toml: defaults and SHUJIA_* variables",
    ),
    "settings": ("{file}", "{file}"),
    "settings_open": ("{file} 含有密钥，其他用户也能读", "{file} holds a secret and others may read it"),
    "folder": ("{folder} 可读可写", "{folder} can be read and written"),
    "folder_new": ("{folder} 还没有，首次使用时建立", "{folder} is not there yet, the first use makes it"),
    "folder_closed": ("用户 {user} 不能读写 {folder}", "user {user} may not read and write {folder}"),
    "folder_shared": ("{folder} 在网络文件系统上（{kind}）", "{folder} lies on a network file system ({kind})"),
    "login_none": (
        "不要求登录：只有本机或代理能访问网页",
        "nobody signs in: only this machine or a proxy reaches the page",
    ),
    "login_open": ("不要求登录，而其他机器可以访问 {host}", "nobody signs in, and other machines can reach {host}"),
    "login_nobody": ("login 是 {login}，却没有能管理的人员", "login is {login}, and nobody can administer"),
    "login": ("login 是 {login}", "login is {login}"),
    "oidc": ("{error}", "{error}"),
    "weights": ("{name} 在本机，sha256 一致", "{name} is here and its sha256 is right"),
    "weights_own": (
        "{name} 不在已知模型之列，没有可比的 sha256",
        "{name} is none of the known models: no sha256 to compare",
    ),
    "weights_missing": ("{name} 不在 {folder}", "{name} is not in {folder}"),
    "weights_wrong": ("{name} 损坏：{problems}", "{name} is damaged: {problems}"),
    "endpoint": ("{url} 提供 {name}", "{url} serves {name}"),
    "endpoint_silent": ("{url} 没有回答：{error}", "{url} does not answer: {error}"),
    "endpoint_key": ("{url} 拒绝密钥（{status}）", "{url} refuses the key ({status})"),
    "endpoint_odd": ("{url} 的 /models 答非所问（{status}）", "{url} answers /models in no known form ({status})"),
    "endpoint_model": ("{url} 没有 {name}，只有 {served}", "{url} does not serve {name} but {served}"),
    "catalogue": (
        "{kind}，结构版本 {schema}：{collection} 个文档集、{document} 份文档、{chunk} 个段落",
        "{kind}, schema {schema}: {collection:# collection}, {document:# document}, {chunk:# chunk}",
    ),
    "catalogue_none": ("还没有书架", "there is no library yet"),
    "catalogue_bad": ("打不开目录：{error}", "the catalogue cannot be used: {error}"),
    "indexes": ("{count} 个文档集的索引都在", "the indexes of {count:# collection} are here"),
    "indexes_missing": ("没有索引文件：{names}", "no index files for: {names}"),
    "jobs": (
        "等待 {waiting}，处理中 {working}，失败 {failed}；worker {workers} 个",
        "{waiting} waiting, {working} worked on, {failed} failed; {workers:# worker}",
    ),
    "jobs_stuck": (
        "{count} 个文件一小时没有进展，例如 {path}（{reason}）",
        "{count:# file} made no progress for an hour, such as {path} ({reason})",
    ),
}

_STEPS: dict[str, tuple[str, str]] = {
    "report_it": ("请把这一行报告给我们", "report this line to us"),
    "python": ("安装 Python 3.11 或更新的版本", "install Python 3.11 or newer"),
    "packages": ("在 Shujia 的文件夹中运行 pip install '.[cpu]'", "in Shujia's folder: pip install '.[cpu]'"),
    "faiss": (
        "只装其中一个：pip uninstall -y faiss-cpu faiss-gpu && pip install faiss-cpu",
        "install exactly one: pip uninstall -y faiss-cpu faiss-gpu && pip install faiss-cpu",
    ),
    "memory": (
        '关闭别的程序，或设置 model = "extractive"（不用对话模型）',
        'close other programs, or set model = "extractive" (no chat model)',
    ),
    "disk": ("腾出空间，或用 library、models 换一个磁盘", "make room, or move library or models to another disk"),
    "gpu": ("检查驱动；没有 GPU 也能用", "look at the driver; Shujia works without a GPU"),
    "port": (
        "若不是 Shujia 自己占用，请换一个 {setting}",
        "unless it is Shujia itself that runs there, choose another {setting}",
    ),
    "settings": ("chmod 600 {file}，或改用环境变量", "chmod 600 {file}, or give the secret as a variable"),
    "folder": ("chown 或 chmod {folder}，或另设 library", "chown or chmod {folder}, or choose another library"),
    "folder_shared": (
        "SQLite 的锁在这里不可靠：换到本机磁盘，或设置 catalogue 使用 PostgreSQL",
        "SQLite's locks do not hold there: use a local disk, or PostgreSQL by the setting catalogue",
    ),
    "login_open": (
        "把 login 设为 password 或 oidc，或设 host = 127.0.0.1；shujia ui 在此之前拒绝启动",
        "set login to password or oidc, or host to 127.0.0.1; until then shujia ui refuses to start",
    ),
    "login_nobody": ("shujia people add NAME --admin", "shujia people add NAME --admin"),
    "oidc": ("写法见 docs/security.zh.md 的“用 OIDC 登录”", "see “Sign-in by OIDC” in docs/security.md"),
    "oidc_open": ("chmod 600 {file}", "chmod 600 {file}"),
    "weights_missing": ("shujia models pull {name}", "shujia models pull {name}"),
    "weights_wrong": ("删除 {name} 后运行 shujia models pull {name}", "remove it, then: shujia models pull {name}"),
    "endpoint_silent": (
        "启动该服务，或改正 model_url / embedder_url",
        "start that server, or correct model_url or embedder_url",
    ),
    "endpoint_key": ("检查 SHUJIA_MODEL_KEY", "look at SHUJIA_MODEL_KEY"),
    "endpoint_odd": ("确认地址以 /v1 结尾", "see that the address ends in /v1"),
    "endpoint_model": ("把 model 或 embedder 设为该服务提供的名称", "set model or embedder to a name that it serves"),
    "catalogue_bad": ("shujia restore 备份文件 --force", "shujia restore BACKUP --force"),
    "indexes": ("下次使用时会自动重建；也可以运行 shujia fsck", "the next use builds them; or run shujia fsck"),
    "jobs_no_worker": ("shujia worker", "shujia worker"),
    "jobs_stuck": ("查看 shujia status；重启 shujia worker", "look at shujia status; start shujia worker anew"),
    "jobs_failed": ("shujia status 有原因；排除后 shujia retry", "shujia status tells why; then shujia retry"),
}


def mark(language: Language, state: str) -> str:
    """The word for a state."""
    chinese, english = _MARKS[state]
    return chinese if language == "zh" else english


def found(language: Language, key: str, values: Mapping[str, object]) -> str:
    """What was found, values filled in."""
    return _say(_FOUND, language, key, values)


def step(language: Language, key: str, values: Mapping[str, object]) -> str:
    """What to do, values filled in."""
    return _say(_STEPS, language, key, values)


def _say(table: Mapping[str, tuple[str, str]], language: Language, key: str, values: Mapping[str, object]) -> str:
    return worded(table, language, key, {name: _told(value, language) for name, value in values.items()})


def _told(value: object, language: Language) -> object:
    """An error or a sentence in that language; numbers, which have formats, stay numbers."""
    return error_text(str(value), language) if isinstance(value, str | BaseException) else value
