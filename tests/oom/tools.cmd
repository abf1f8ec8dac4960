fmt tests/oom/none.rung
fmt --check tests/golden/lua-register.rung tests/golden/mistake-case-rows.rung
check tests/golden/ladder.rung
disasm tests/golden/assertion.rung
--echo tests/golden/echo.rung
--explain E0201
--version
--digits 3 --color always -e 'model m { X : bool ~ 1/3 }; P(X); show P(X); Y'
--json -e 'model m { X : bool ~ 0.5 }; P(Y)'
