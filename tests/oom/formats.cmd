convert tests/data/networks/cancer.bif $TMP/a.net
convert $TMP/a.net $TMP/b.xml
convert $TMP/b.xml $TMP/c.uai.gz
convert $TMP/c.uai.gz $TMP/d.rung
convert tests/data/networks/cancer.bif $TMP/e.bif.gz
convert tests/data/networks/cancer.bif $TMP/f.dag
convert $TMP/f.dag $TMP/g.dot
convert $TMP/g.dot $TMP/h.lavaan
convert $TMP/h.lavaan $TMP/i.tikz
graph tests/data/networks/cancer.bif
graph tests/data/networks/cancer.bif --format dagitty
graph tests/golden/lua-export.rung --format list
-e 'import "$TMP/e.bif.gz"; P(Cancer = True)'
-e 'import "$TMP/b.xml"; P(Cancer = True)'
-e 'import "$TMP/c.uai.gz"; P(x2 = 0)'
graph tests/golden/broken.bif
convert $TMP/none.net $TMP/x.bif
