-- Reads .edges files: a line "cause effect" for each edge; # begins a comment.
rung.importer{
  extension = "edges",
  doc = "Graphs with an edge on each line.",
  call = function(text, name)
    local items = {}
    for line in text:gmatch("[^\n]+") do
      local from, to = line:gsub("#.*", ""):match("(%S+)%s+(%S+)")
      if from then items[#items + 1] = ("`%s` -> `%s`"):format(from, to) end
    end
    return rung.model(name, table.concat(items, "\n"))
  end,
}

-- And a question about graphs of one's own.
rung.query{
  name = "mediators_by_degree",
  doc = "The variables between X and Y, those with the most neighbours first.",
  params = {{"x", "variable"}, {"y", "variable"}},
  call = function(graph, x, y)
    local below, found = {}, {}
    for _, v in ipairs(graph:descendants(x)) do below[v] = true end
    for _, v in ipairs(graph:ancestors(y)) do
      if below[v] then found[#found + 1] = v end
    end
    local function degree(v) return #graph:parents(v) + #graph:children(v) end
    table.sort(found, function(a, b) return degree(a) > degree(b) end)
    return found
  end,
}
