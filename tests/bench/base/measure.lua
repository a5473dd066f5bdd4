--- What the benchmarks measure with: `local measure = dofile(here .. "/base/measure.lua")`, where `here` is their folder.
local measure = {}

--- What a shell command prints, without its errors.
function measure.command(text)
  local pipe = assert(io.popen(text .. " 2>/dev/null"))
  local output = pipe:read "a"
  pipe:close()
  return output
end

--- The median.
function measure.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return (sorted[(#sorted + 1) // 2] + sorted[#sorted // 2 + 1]) / 2
end

--- The least seconds of processor time of n calls.
function measure.least(f, n)
  local best = math.huge
  for _ = 1, n do
    local before = os.clock()
    f()
    best = math.min(best, os.clock() - before)
  end
  return best
end

return measure
