test tests/golden/failing_test.rung tests/bugs/faint_rows.rung
test --json tests/golden/failing_test.rung
