-- The population attributable fraction: how much of an outcome would be gone had nobody been
-- exposed (Levin 1953, in its causal form).
rung.query{
  name = "attributable_fraction",
  doc = "The part of P(Y) that would be gone if X were false for everybody.",
  params = {{"x", "variable"}, {"y", "variable"}},
  call = function(model, x, y)
    local now = model:ask(("P(`%s`)"):format(y))
    local without = model:ask(("P(`%s` | do(`%s` = 0))"):format(y, x))
    return (now - without) / now
  end,
}
