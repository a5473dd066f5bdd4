-- Runs that are killed at random moments, while they record and write checkpoints (tests/kills.lua kills=200 makes more of them).
-- Scripts that are stopped in the middle and go on in another process, with other threads and in the other tier (tests/resume.lua): some here, `make resume` tries all.

local HOST = os.getenv "HOST" or "build/lunapse"

describe("a script that goes on in another process ends with the same bits:", function()
  for target, with in pairs {
    ["examples/structural_plasticity.lua"] = "threads=2 tier=native",
    ["tests/reference/11-heterosynaptic"] = "threads=3 tier=interpreter",
    ["tests/reference/14-delays"] = "threads=2 tier=native",
    ["tests/reference/17-rate-oja-bcm"] = "threads=3 tier=interpreter",
  } do
    it(("%s (%s)"):format(target, with), function()
      local pipe = io.popen(("%s tests/resume.lua %s %s 2>&1"):format(HOST, with, target))
      local said = pipe:read "a"
      assert.is_true(pipe:close() == true, said)
      assert.matches("the same bits in %d+ runs? from", said)
    end)
  end
end)

for _, how in ipairs { "seed=11", "seed=12 compress" } do
  it(("a run that is killed five times ends with the same bits, in its files too (%s)"):format(how), function()
    local pipe = io.popen(("%s tests/kills.lua kills=5 %s 2>&1"):format(HOST, how))
    local said = pipe:read "a"
    assert.is_true(pipe:close() == true, said)
    assert.matches("^5 kills in %d+ runs, 0 of them differ\n$", said)
  end)
end
