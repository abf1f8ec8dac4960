-- The hyperbolic secant distribution: bell-shaped, with tails that fall like exp(-pi |z| / 2).
rung.distribution{
  name = "secant",
  doc = "The hyperbolic secant distribution with mean mu and standard deviation s.",
  params = {{"mu", "number"}, {"s", "number", default = 1}},
  support = {-math.huge, math.huge},
  log_density = function(x, mu, s)
    local z = math.pi / 2 * math.abs((x - mu) / s)
    return -z - math.log((1 + math.exp(-2 * z)) / 2) - math.log(2 * s)
  end,
  sample = function(u, mu, s)
    return mu + s * 2 / math.pi * math.log(math.tan(math.pi / 2 * u()))
  end,
}
