--- Every reference case, in both tiers, on one and two threads.
local run_case = assert(loadfile "tests/reference/run.lua") "as a module"

local function folders()
  local list = {}
  for line in io.popen("ls tests/reference"):lines() do
    if line:match "^%d" then list[#list + 1] = line end
  end
  return list
end

--- Statistics over many seeds need one pass, not four.
local once = { ["21-song-abbott-rate"] = true, ["18-sde-moments"] = true }

describe("reference case", function()
  for _, folder in ipairs(folders()) do
    for _, way in ipairs { { "native", 1 }, { "native", 2 }, { "interpreter", 1 }, { "interpreter", 2 } } do
      if not once[folder] or way[1] == "native" and way[2] == 1 then
        it(("%s: %s tier, %d threads"):format(folder, way[1], way[2]), function()
          local passed, failed = run_case("tests/reference/" .. folder, { tier = way[1], threads = way[2] }, true)
          assert.is_true(passed > 0)
          assert.equal(0, failed)
        end)
      end
    end
  end
end)
