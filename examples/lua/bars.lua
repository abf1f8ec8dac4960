-- bars(table): a bar chart of a table over one variable, as SVG. :bars E draws the answer to E.
local function escape(s)
  return (tostring(s):gsub("[<>&]", {["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;"}))
end

local function bars(t)
  local rows, name = t.rows, t.variables[1]
  local top = 0
  for _, row in ipairs(rows) do top = math.max(top, row.value) end
  local out = {('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="%d">')
               :format(24 * #rows + 28)}
  out[2] = ('<text x="4" y="16">%s</text>'):format(escape(name))
  for i, row in ipairs(rows) do
    local y, width = 24 * i, 180 * row.value / top
    out[#out + 1] = ('<text x="4" y="%d">%s</text>'):format(y + 16, escape(row[name]))
    out[#out + 1] = ('<rect x="80" y="%d" width="%.1f" height="18" fill="steelblue"/>')
                    :format(y + 2, width)
    out[#out + 1] = ('<text x="%.1f" y="%d">%.3g</text>'):format(86 + width, y + 16, row.value)
  end
  out[#out + 1] = "</svg>"
  return table.concat(out, "\n")
end

rung.func{
  name = "bars", doc = "A bar chart of a table over one variable, as SVG.",
  params = {{"t", "table"}}, returns = "string", call = bars,
}
rung.command{
  name = "bars", doc = "Draws a bar chart of an answer, as SVG: :bars P(Y = ?)",
  call = function(text) return bars(rung.ask(text)) end,
}
