doc tests/golden/doc-answers.rung -o $TMP/page.html
