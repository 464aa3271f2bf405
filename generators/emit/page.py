"""The looks of a report's page, light or dark as the reader likes it."""

__all__ = ["STYLE"]

STYLE = """:root{color-scheme:light dark;--ink:#222;--paper:#fff;--rule:#ddd;--cycles:#36c;
--lut:#c63;--b0:#4a7fd0;--b1:#3f9a6a;--b2:#b8862c;--work:#c63;--point:#c22}
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#181818;--rule:#444;--cycles:#7aa2e8;
--lut:#e0935a;--b0:#7aa2e8;--b1:#6cc495;--b2:#dcb060;--work:#e0935a;--point:#f66}}
body{font:15px sans-serif;margin:2em;color:var(--ink);background:var(--paper)}
table{border-collapse:collapse}
td,th{padding:.3em .7em;text-align:right;border-bottom:1px solid var(--rule)}
td:first-child{text-align:left}
.picture{max-width:100%;height:auto;font-size:12px}.picture text{fill:var(--ink)}
.grid line{stroke:var(--rule)}.batch0{fill:var(--b0)}.batch1{fill:var(--b1)}.batch2{fill:var(--b2)}
.batch0 .fill,.batch1 .fill,.batch2 .fill{fill:var(--paper);fill-opacity:.6}
.work{fill:var(--work)}.ceiling line{stroke:var(--ink);stroke-width:1.5}
.board line{stroke-dasharray:6 4}.weights line{stroke:var(--b1)}.dma line{stroke:var(--b2)}
.edges line{stroke:var(--b0)}.picture .point{fill:var(--point)}"""
"""Of text, tables and the pictures of generators.emit.gantt and .roofline, which have classes."""
