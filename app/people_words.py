"""What sign-in, account and administration say, in Chinese and English."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

PEOPLE_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    # Sign-in
    "sign_in": ("登录", "Sign in"),
    "sign_in_oidc": ("用单位账号登录", "Sign in with your organisation"),
    "more": ("更多", "More"),
    "sign_out": ("退出登录", "Sign out"),
    "name": ("用户名", "Name"),
    "password": ("密码", "Password"),
    "refused": ("用户名或密码不对。", "The name or the password is wrong."),
    "wait": (
        "尝试次数太多，请 {minutes} 分钟后再试。",
        "Too many attempts: try again in {minutes} min.",
    ),
    "signed_out": ("你还没有登录，或者登录已失效。", "You are not signed in, or your sign-in has ended."),
    "stranger": (
        "这个账号还没有加入这座书架，请联系管理员。",
        "This account has not joined this bookshelf: ask an administrator.",
    ),
    # My account
    "account_page": ("我的账号", "My account"),
    "signed_in_as": ("已登录：{name}", "Signed in as {name}"),
    "until": ("登录有效至 {time}", "This sign-in lasts until {time}"),
    "my_rights": ("我的权限", "My rights"),
    "no_rights": ("还没有可以使用的文档集，请联系管理员。", "No collection is open to you yet: ask an administrator."),
    "everything": ("管理员：全部文档集", "Administrator: every collection"),
    "change_password": ("修改密码", "Change password"),
    "old_password": ("现在的密码", "Present password"),
    "new_password": ("新密码（至少 {shortest} 个字符）", "New password (at least {shortest:# character})"),
    "password_changed": ("密码已修改，请重新登录。", "The password is changed: sign in again."),
    "password_wrong": ("现在的密码不对。", "The present password is wrong."),
    "sign_out_elsewhere": ("在其他设备上退出登录（{count}）", "Sign out on other devices ({count})"),
    "my_keys": ("我的 API 密钥", "My API keys"),
    # Roles
    "role": ("角色", "Role"),
    "reader": ("读者", "reader"),
    "editor": ("编辑", "editor"),
    "owner": ("所有者", "owner"),
    "admin": ("管理员", "administrator"),
    # Administration
    "admin_page": ("管理", "Admin"),
    "people": ("人员", "People"),
    "groups": ("群组", "Groups"),
    "rights": ("权限", "Rights"),
    "keys": ("API 密钥", "API keys"),
    "audit": ("操作记录", "Audit log"),
    "models": ("模型", "Models"),
    "jobs": ("任务", "Jobs"),
    "index": ("索引", "Indexes"),
    "storage": ("存储", "Storage"),
    "add_person": ("添加人员", "Add a person"),
    "email": ("电子邮箱（单位登录时用）", "E-mail (for sign-in by OIDC)"),
    "first_password": ("初始密码（可留空）", "First password (may be empty)"),
    "is_admin": ("管理员", "Administrator"),
    "disabled": ("已停用", "shut out"),
    "disable": ("停用", "Shut out"),
    "enable": ("恢复", "Let in again"),
    "remove": ("移除", "Remove"),
    "make_admin": ("设为管理员", "Make administrator"),
    "no_admin": ("取消管理员", "No administrator"),
    "set_password": ("设置密码", "Set password"),
    "add_group": ("新建群组", "Make a group"),
    "group": ("群组", "Group"),
    "members": ("成员", "Members"),
    "grant": ("授权", "Grant"),
    "revoke": ("收回", "Revoke"),
    "who": ("人员或群组", "Person or group"),
    "person_of": ("{name}", "{name}"),
    "group_of": ("{name}（群组）", "{name} (group)"),
    "no_grants": ("还没有授权。", "Nobody has been granted anything yet."),
    "make_key": ("新建密钥", "Make a key"),
    "key_name": ("用途", "What it is for"),
    "scope": ("范围", "Scope"),
    "key_shown": ("只显示这一次，请马上保存：", "Shown this once, keep it now:"),
    "no_keys_yet": ("还没有密钥。", "There are no keys."),
    "when": ("时间", "When"),
    "what": ("操作", "What"),
    "object": ("对象", "Object"),
    "outcome": ("结果", "Outcome"),
    "nothing_logged": ("还没有记录。", "Nothing has been logged."),
    "nobody_yet": (
        "还没有人员。先添加一位管理员，再把设置 login 改为 password。",
        "There is nobody yet. Add an administrator first, then set login to password.",
    ),
    "not_for_you": ("这一页只给管理员看。", "This page is for administrators."),
    "done": ("已完成。", "Done."),
    "started": ("已开始。", "Started."),
    # Command line
    "cli_password": ("密码", "Password"),
    "cli_no_people": ("还没有人员", "there is nobody"),
    "cli_no_groups": ("还没有群组", "there are no groups"),
    "cli_no_rights": ("还没有授权", "nothing has been granted"),
    "cli_removed": ("已移除 {name}", "removed {name}"),
    "cli_login_off": (
        '设置 login 现在是 none，页面还不要求登录：请设为 login = "password"，再重新启动 shujia ui',
        "the setting login is none, so the page asks nobody to sign in yet: set login = "
        '"password", then start shujia ui again',
    ),
    "cli_first_admin": (
        "第一个人应当是管理员：加上 --admin，否则没有人能管理",
        "the first person should be an administrator: without --admin nobody can administer the page",
    ),
    "cli_nothing": ("没有这样的授权", "there was no such grant"),
}


def people_word(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` in that language, with the values filled in. Raises KeyError."""
    return worded(PEOPLE_WORDS, language, key, values)
