-- A few random inputs of each kind, always the same (tests/fuzz/run.lua): more of them in `make check`, as many as one likes in `make fuzz`.
local HOST = os.getenv "HOST" or "build/lunapse"
local SHARE = tonumber(os.getenv "LUNAPSE_FUZZ_INPUTS" or 1)

describe("random inputs do no harm:", function()
  for kind, n in pairs { models = 150, sessions = 12, files = 120 } do
    it(kind, function()
      local folder = io.popen("mktemp -d"):read "l"
      local pipe = io.popen(("mkdir -m 700 %s/cache && LUNAPSE_CACHE=%s/cache %s tests/fuzz/run.lua kinds=%s inputs=%d workers=1 folder=%s 2>&1")
        :format(folder, folder, HOST, kind, n * SHARE, folder))
      local text = pipe:read "a"
      pipe:close()
      os.execute("rm -rf " .. folder)
      assert.truthy(text:find(("\n%d passed, 0 failed\n"):format(n * SHARE), 1, true), text)
    end)
  end
end)
