"""The looks of our pages: on a screen, light or dark as the reader likes it, a phone, on paper."""

__all__ = ["STYLE"]

_COLOURS = """:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f8;
--rule:#d3d9e0;--quiet:#535d68;--cycles:#2b66b1;--cycles2:#6f9bd4;--lut:#a8500f;--lut2:#d68a4f;
--b0:#2b66b1;--b1:#1f7a4d;--b2:#8f6410;--work:#a8500f;--point:#b3261e;--good:#1a7340;--bad:#b3261e;
--binds:#b3261e}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e8ec;--paper:#14181c;--soft:#1e2429;
--rule:#3c454e;--quiet:#a7b1bb;--cycles:#7fb0ea;--cycles2:#4a76ab;--lut:#e39a5c;--lut2:#a9662f;
--b0:#7fb0ea;--b1:#67c396;--b2:#d9ad57;--work:#e39a5c;--point:#ff7b72;--good:#67c396;
--bad:#ff7b72;--binds:#ff8d85}}
"""

_TEXT = """*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:1.2em 24px 3em;max-width:1122px;
color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.6em;line-height:1.2;margin:.4em 0}
h2{font-size:1.2em;margin:2em 0 .5em;padding-top:.6em;border-top:1px solid var(--rule)}
h3{font-size:1em;margin:1.2em 0 .3em}p{max-width:75ch;margin:.5em 0}
figure{margin:1em 0}figcaption,.note{color:var(--quiet);font-size:.87em;max-width:85ch}
code{font-family:ui-monospace,monospace;font-size:.92em}
sup{font-size:.7em;line-height:0;color:var(--quiet);font-weight:normal;padding-left:.15em}
.scroll{overflow-x:auto;max-width:100%}table{border-collapse:collapse;font-size:.93em}
td,th{padding:.3em .55em;text-align:right;border-bottom:1px solid var(--rule);overflow-wrap:normal}
.scroll td,.scroll th{white-space:nowrap}
.scroll thead th{white-space:normal}
thead th{vertical-align:bottom;color:var(--quiet);font-weight:600}
td:first-child,th:first-child,td.words,th.words{text-align:left}
tbody th{font-weight:normal}.binds>:first-child{color:var(--binds);font-weight:bold}
.keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:10px;margin:1em 0}
.keys div{background:var(--soft);border-radius:6px;padding:.55em .8em}
.keys dt{color:var(--quiet);font-size:.87em}.keys dd{margin:0;font-size:1.2em;font-weight:600}
.keys dd small{display:block;font-size:.68em;font-weight:normal;color:var(--quiet)}
.verdict p{max-width:none}.verdict{border-left:5px solid var(--quiet);background:var(--soft);
padding:.5em 1em;margin:.8em 0;border-radius:0 6px 6px 0}.verdict.good{border-color:var(--good)}
.verdict.bad{border-color:var(--bad)}.good strong{color:var(--good)}.bad strong{color:var(--bad)}
.sources dt{font-weight:600;margin-top:.4em}.sources dd{margin:0 0 0 1.2em;max-width:80ch}
"""

_BARS = """.bars{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));
gap:.4em 28px}.bars table{width:100%;table-layout:fixed}
.bars h3{margin-bottom:.1em}.bars td,.bars th{padding:.15em .3em;border:0}
.bars tbody th{width:30%;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.bars td:last-child{width:32%;white-space:nowrap}.budget p{margin:.5em 0 .1em;max-width:none}
.bar{display:block;width:100%;height:14px;overflow:visible}.bar rect{fill:var(--cycles)}
.bar .s1{fill:var(--cycles2)}.bar .room{fill:var(--soft);stroke:var(--rule);
vector-effect:non-scaling-stroke}.bar .s2{fill:var(--lut)}
.bar .s3{fill:var(--quiet)}.bar .limit{stroke:var(--binds);stroke-width:2;
vector-effect:non-scaling-stroke}
"""

_PICTURES = """.picture{display:block;max-width:100%;height:auto;font-size:12px}
.picture text,.cell text,.down text{fill:var(--ink)}.picture{min-width:620px}
.grid line{stroke:var(--rule)}.batch0{fill:var(--b0)}.batch1{fill:var(--b1)}.batch2{fill:var(--b2)}
.batch0 .fill,.batch1 .fill,.batch2 .fill{fill:var(--paper);fill-opacity:.6}
.work{fill:var(--work)}.ceiling line{stroke:var(--ink);stroke-width:1.5}
.board line{stroke-dasharray:6 4}.weights line{stroke:var(--b1);stroke-dasharray:2 3}
.dma line{stroke:var(--b2);stroke-dasharray:10 3}.edges line{stroke:var(--b0)}
.front{display:block;min-width:900px;max-width:100%;height:auto}
.picture .point{fill:var(--point)}.picture text.point{font-weight:bold}
"""

_PIPELINE = """.across{display:flex;flex-wrap:wrap;row-gap:6px}
.cell{flex:0 0 auto;width:268px;height:auto}.down{display:none;width:100%;height:auto}
.cell,.down{font-size:12px}.box{fill:var(--soft);stroke:var(--quiet);stroke-width:1.2}
.end .box{fill:var(--paper);stroke-dasharray:4 3}
.cell .name,.down .name{font-weight:bold;font-size:13px}
.cell .label,.down .label{font-size:11px;fill:var(--quiet);paint-order:stroke;
stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.wire{fill:none;stroke:var(--ink);stroke-width:1.5}.head{fill:var(--ink)}
.skip .wire{stroke:var(--b0);stroke-width:1.8}.skip .head,.skip circle{fill:var(--b0)}
.slowest .box{stroke:var(--binds);stroke-width:3}
.cell .tag,.down .tag{fill:var(--binds);font-weight:bold;font-size:11px}
.trough{fill:var(--rule)}.share{fill:var(--cycles)}.slowest .share{fill:var(--binds)}
@media(max-width:620px){.across{display:none}.down{display:block}}
"""

_PHONE = """@media(max-width:620px){body{padding:.6em 12px 2em;font-size:15px}
h1{font-size:1.35em}
.keys{grid-template-columns:repeat(auto-fit,minmax(138px,1fr))}}
"""

_PAPER = """@page{margin:14mm 12mm}
@media print{body{max-width:none;padding:0;font-size:10pt;color:#000;background:#fff}
:root{--ink:#000;--paper:#fff;--quiet:#333;--soft:#f3f3f3}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2,h3{break-after:avoid}figure,.keys,.verdict,.bars>div,.cell,tr,.note{break-inside:avoid}
figcaption{break-before:avoid}.scroll{overflow:visible}.picture,.front{min-width:0;width:100%}
.across{display:flex}.down{display:none}.cell{width:33.3%}thead{display:table-header-group}
.scroll table{font-size:7.6pt}
.scroll td,.scroll th{padding:.2em .35em;white-space:normal}.pipeline{break-inside:auto}
.bars{grid-template-columns:1fr 1fr}}
"""

STYLE = "".join((_COLOURS, _TEXT, _BARS, _PICTURES, _PIPELINE, _PHONE, _PAPER))
"""Of text, tables and the pictures of this package, which have classes and no colours."""
