// Doc_style: the looks of a page.
#include "interp/doc_style.h"

#include "interp/svg_chart.h"
#include "interp/svg_graph.h"

static const char colours[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1d2733;--dim:#5c6a78;--line:#dfe4ea;"
    "--code:#f5f7f9;--accent:#3d74b8;--k:#8a3ea0;--f:#1f5fa8;--s:#2f7a3b;--n:#a3521a;"
    "--bad:#b3261e;--badly:#fdf1f0;--note:#8a6100;--noted:#fdf7e7}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#dde3ea;--dim:#97a4b2;"
    "--line:#2e363f;--code:#1c2229;--accent:#6ea3e0;--k:#cf9be0;--f:#84b6ee;--s:#90c998;"
    "--n:#e3a678;--bad:#ff8a80;--badly:#2b1b1c;--note:#e5c07b;--noted:#29241a}}\n"
    "@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--dim:#444;--line:#ccc;"
    "--code:#f6f6f6;--accent:#666;--k:#5a2a6b;--f:#123f73;--s:#1f5428;--n:#6e3710;"
    "--bad:#8c1d17;--badly:#fff;--note:#5c4100;--noted:#fff}}\n";

static const char letters[] =
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 Charter,"
    "\"Bitstream Charter\",\"Iowan Old Style\",\"Palatino Linotype\",Palatino,Georgia,"
    "\"DejaVu Serif\",serif}\n"
    "main,footer{max-width:52rem;margin:0 auto;padding:0 1.25rem}\n"
    "main{padding-top:3rem;padding-bottom:2rem}\n"
    "footer{padding-bottom:2.5rem;color:var(--dim);font-size:.85rem}\n"
    "h1,h2,h3,h4,h5,h6,p,ul,ol,blockquote{max-width:41rem}\n"
    "h1,h2,h3,h4,h5,h6{line-height:1.2;text-wrap:balance;margin:2.4em 0 .6em}\n"
    "h1{font-size:2.1rem;letter-spacing:-.012em;margin-top:0}\n"
    "h1 small{display:inline-block;font-size:1rem;font-weight:400;letter-spacing:0;"
    "line-height:1.4;color:var(--dim)}\n"
    "h2{font-size:1.35rem}\nh3{font-size:1.12rem}\nh4,h5,h6{font-size:1rem}\n"
    "section>:first-child{margin-top:0}\nsection>h2:first-child{margin-top:1.2em}\n"
    "section{margin:2rem 0 .9rem}\nsection>:last-child{margin-bottom:0}\n"
    "h1+section,.lede+section{margin-top:1.2rem}\n"
    ".lede{margin:-.4em 0 0;color:var(--dim);font-size:1.15rem;line-height:1.45;"
    "text-wrap:pretty}\n"
    "p{text-wrap:pretty;overflow-wrap:break-word}\n"
    "a{color:var(--f);text-underline-offset:.15em}\n"
    "blockquote{margin:1em 0;padding-left:1em;border-left:3px solid var(--line);"
    "color:var(--dim)}\n"
    "hr{border:0;border-top:1px solid var(--line);margin:2em 0}\n"
    "code,pre,p.value,table,summary,.answer li{font-family:ui-monospace,\"SF Mono\","
    "\"Cascadia Mono\",\"DejaVu Sans Mono\",Menlo,Consolas,monospace;font-size:.8125rem;"
    "font-variant-ligatures:none}\n"
    "code{font-size:.86em}\npre code{font-size:inherit}\n"
    "pre{margin:0;line-height:1.55;overflow-x:auto;tab-size:4}\n";

static const char cells[] =
    ".code,section pre{background:var(--code);border-radius:6px;padding:.5rem .9rem;"
    "margin:.7rem 0}\n"
    ".cell{margin:.7rem 0;break-inside:avoid}\n.cell .code{margin:0}\n"
    ".cell+.cell{margin-top:.75rem}\n"
    ".answer{margin:.4rem 0 0 .9rem;padding-left:.9rem;border-left:3px solid var(--accent)}\n"
    ".answer>*{margin:0 0 .55rem}\n.answer>:last-child{margin-bottom:0}\n"
    "p.value,pre.value{max-width:none;font-size:.875rem;line-height:1.55;"
    "white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "p.value small,.how,.se{color:var(--dim)}\n"
    "p.value small,.how{font-size:.78rem;font-family:system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"DejaVu Sans\",sans-serif}\n"
    ".k{color:var(--k)}\n.f{color:var(--f)}\n.s{color:var(--s)}\n.n{color:var(--n)}\n"
    ".o,.c{color:var(--dim)}\n.c{font-style:italic}\n"
    "pre.error,pre.note{white-space:pre-wrap;overflow-wrap:anywhere;padding:.6rem .8rem;"
    "border-radius:6px}\n"
    "pre.error{color:var(--bad);background:var(--badly)}\n"
    "pre.note{color:var(--note);background:var(--noted)}\npre.note b{font-weight:inherit}\n"
    ".cell:has(pre.error) .answer{border-color:var(--bad)}\n";

static const char tables[] =
    ".wide{overflow-x:auto;max-width:100%}\n.tall{max-height:34rem;overflow-y:auto}\n"
    ".tall thead th{position:sticky;top:0;background:var(--paper)}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;line-height:1.4}\n"
    "th,td{padding:.22rem 1.4rem .22rem 0;text-align:left;vertical-align:top;"
    "white-space:nowrap}\n"
    "thead th{border-bottom:1px solid var(--line);color:var(--dim);font-weight:400}\n"
    "tbody th{font-weight:600}\n"
    "td.n,th.n{padding-right:.2rem;color:inherit}\nthead th.n{color:var(--dim)}\n"
    "td.none{color:var(--dim);font-style:italic}\n"
    "tbody th+td{white-space:normal}\n.part{white-space:nowrap}\n"
    "figure{margin:0;overflow-x:auto}\nfigure .chart{display:block;max-width:36rem}\n"
    "figcaption{color:var(--dim);font-size:.85rem;margin-top:.3rem}\n"
    "summary{cursor:pointer;color:var(--dim)}\n"
    "details ol{margin:.4rem 0 0;padding-left:2rem;max-width:none}\n"
    "details li{margin:.15rem 0;line-height:1.5;overflow-wrap:anywhere}\n"
    "details li b{font-weight:600}\n"
    "details pre{margin:.1rem 0;color:var(--dim);white-space:pre-wrap}\n";

static const char media[] =
    "@media (max-width:36rem){body{font-size:1rem}main{padding-top:1.6rem}h1{font-size:1.65rem}"
    "main,footer{padding-left:1rem;padding-right:1rem}"
    ".code,section pre{margin-left:-1rem;margin-right:-1rem;border-radius:0;padding:.7rem 1rem;"
    "font-size:.75rem}.cell .code{margin-left:-1rem;margin-right:-1rem}"
    ".answer{margin-left:0}}\n"
    "@media print{body{font-size:10.5pt}main{padding:0;max-width:none}footer{padding:1em 0 0}"
    "pre{white-space:pre-wrap}.code{border:1px solid var(--line)}.tall{max-height:none}"
    "h1,h2,h3,h4{break-after:avoid}section{break-after:avoid-page}"
    "details::details-content{content-visibility:visible;height:auto}}\n";

void doc_style_add(Str *out) {
    str_add(out, colours);
    str_add(out, letters);
    str_add(out, cells);
    str_add(out, tables);
    str_add(out, svg_chart_css);
    str_add(out, svg_graph_css);
    str_add(out, media);
}
