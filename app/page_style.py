"""The little style the page needs beyond Streamlit's own. Colours are mixed from the text's, so both themes work.

Streamlit draws a widget as a block of its own. The rules for ``st-key-answer…`` let sentences and the numbered buttons
behind them run on as one text; should a later Streamlit name its parts otherwise, they stand below each other.
"""

from __future__ import annotations

_INLINE = ", ".join(
    f'[class*="st-key-answer-"]{part}'
    for part in (
        " > div",
        " .stElementContainer",
        " .stHtml",
        " .stHtml > *",
        " .stButton",
        " .stTooltipIcon",
        " .stTooltipHoverTarget",
    )
)

# Buttons that show an icon alone: their words are for screen readers.
_ICONS = ", ".join(
    f'[class*="st-key-{name}-"] button [data-testid=stMarkdownContainer]' for name in ("card", "thumbs", "close")
)

STYLE = f"""<style>
.stMainBlockContainer {{ max-width: 76rem; padding-top: 4.5rem; padding-bottom: 1.5rem; }}
.sj-brand {{ font-size: 1.5rem; font-weight: 600; line-height: 1.3; }}
.sj-brand small {{ font-size: 0.95rem; font-weight: 400; opacity: .7; }}
.sj-quiet {{ font-size: .875rem; opacity: .72; line-height: 1.5; overflow-wrap: anywhere; }}
.sj-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.7; }}
.sj-title {{ font-weight: 600; line-height: 1.45; overflow-wrap: anywhere; }}
.sj-hero {{ font-size: 1.6rem; font-weight: 600; line-height: 1.4; }}
.stHtml .sj-hero, .stHtml .sj-title {{ margin: 0; padding: 0; letter-spacing: normal; }}
.stHtml .sj-title {{ font-size: 1rem; }}
.sj-unseen {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
.stElementContainer:has(> .stHtml .sj-unseen) {{ position: absolute; width: 1px; overflow: hidden; }}
.sj-abstained {{ font-weight: 600; }}
.sj-draft {{ opacity: .78; }}

[class*="st-key-answer-"] {{ display: block !important; line-height: 1.95; }}
{_INLINE} {{ display: inline !important; width: auto !important; max-width: none; }}
[class*="st-key-answer-"] button {{ display: inline-flex; width: auto; height: 1.35rem; min-height: 0;
  min-width: 1.35rem; padding: 0 .35rem; margin: 0 .12rem; border-radius: .45rem;
  vertical-align: .12em; line-height: 1; }}
[class*="st-key-answer-"] button p {{ font-size: .78rem; font-variant-numeric: tabular-nums; }}
.sj-sentence {{ overflow-wrap: anywhere; }}
.sj-sentence + .sj-sentence {{ margin-left: .2em; }}
.sj-bad {{ text-decoration: underline wavy #d9483b 1px; text-underline-offset: .28em; }}
.sj-ok {{ color: light-dark(#2a7a56, #55b88f); font-size: .8rem; margin-left: .15em; }}
.sj-no {{ color: light-dark(#b8392d, #ef7b70); font-size: .82rem; margin-left: .3em; }}
.sj-gone {{ font-size: .82rem; opacity: .7; margin-left: .3em; }}

.sj-passage {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; font-size: .95rem;
  padding: .1rem .2rem .1rem .8rem;
  border-left: 3px solid color-mix(in srgb, currentColor 22%, transparent); }}
.sj-window {{ overflow-y: auto; max-height: min(26rem, 60vh); padding-right: .4rem; }}
.sj-window mark {{ scroll-initial-target: nearest; }}
.sj-lines {{ white-space: pre-wrap; }}
.sj-around {{ opacity: .55; overflow-wrap: anywhere; line-height: 1.7; font-size: .9rem; padding: 0 .2rem 0 .95rem; }}
.sj-evidence {{ margin-top: .75rem; opacity: .85; }}
.sj-evidence .sj-passage {{ margin: .35rem 0; font-size: .9rem; }}
mark {{ background: rgba(255, 196, 0, .38); color: inherit; border-radius: .2em; padding: .05em .1em;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; }}
.sj-table {{ border-collapse: collapse; font-size: .875rem; width: 100%; font-variant-numeric: tabular-nums; }}
.sj-table th {{ text-align: left; font-weight: 600; }}
.sj-table th, .sj-table td {{ padding: .3rem .7rem .3rem 0; vertical-align: top; overflow-wrap: anywhere;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }}
.sj-passage .sj-table th, .sj-passage .sj-table td {{ overflow-wrap: break-word; min-width: 4.5em; }}
.sj-table td.sj-number, .sj-table th.sj-number {{ text-align: right; white-space: nowrap; }}
.sj-wide {{ overflow-x: auto; }}
.stChatMessage {{ background: transparent; }}
.stChatMessage:has(.sj-question) {{ background: color-mix(in srgb, currentColor 5%, transparent); }}
[class*="st-key-source-"] {{ overflow-y: auto; max-height: max(20rem, calc(100vh - 22rem)); }}
[class*="st-key-sources-"] button p, [class*="st-key-follow-"] button p {{ text-align: left; }}
.st-key-chats button {{ justify-content: flex-start; }}
.st-key-chats button p {{ text-align: left; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
[class*="st-key-thumbs-"] button {{ min-height: 0; padding: .25rem .4rem; }}
{_ICONS} {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
[role=tab][aria-selected=true], [data-testid=stButtonGroup] button[aria-checked=true] {{
  color: light-dark(#2f6f5e, #6fc7ad) !important; }}
.stApp :is(button[kind=secondary], button[kind=tertiary], [data-testid=stPopoverButton], summary):is(:hover, :active,
  [aria-expanded=true]):not(:disabled) {{ color: light-dark(#2f6f5e, #6fc7ad) !important; }}
[data-testid=stCaptionContainer], kbd {{ opacity: .8 !important; }}
main:focus-visible {{ outline: 2px solid currentColor !important; outline-offset: -3px; }}
@media (max-width: 640px) {{
  .stMainBlockContainer {{ padding-left: 1rem; padding-right: 1rem; }}
  [class*="st-key-source-"] {{ max-height: none; }}
  .stChatMessage {{ padding-left: 0; padding-right: 0; }}
  .stChatMessage:has(.sj-question) {{ padding: .75rem; }}
  [data-testid^="stChatMessageAvatar"] {{ display: none; }}
}}
</style>"""
