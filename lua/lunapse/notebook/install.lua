--- `lunapse --kernel install`: the folder from which Jupyter learns how to start Lunapse.
local core = require "lunapse.core.notebook"
local host = require "lunapse.core.host"

--- Jupyter's folder of this user.
local function user_folder()
  local jupyter, data, home = os.getenv "JUPYTER_DATA_DIR", os.getenv "XDG_DATA_HOME", os.getenv "HOME"
  if jupyter and jupyter ~= "" then return jupyter end
  if data and data ~= "" then return data .. "/jupyter" end
  if home and home ~= "" then return home .. "/.local/share/jupyter" end
  error("neither JUPYTER_DATA_DIR nor HOME says where Jupyter looks: lunapse --kernel install PREFIX", 0)
end

--- A raster and the wave below it, in the colours of the figures.
local LOGO = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#1b2a49"/>
<g stroke="#f4b942" stroke-width="4" stroke-linecap="round"><path d="M12 12v6M24 12v6M30 12v6M50 12v6M16 24v6M36 24v6M42 24v6"/></g>
<path d="M8 50H22L27 54L32 36L37 56L42 50H56" fill="none" stroke="#7cc6fe" stroke-width="4" stroke-linejoin="round" stroke-linecap="round"/></svg>
]]

---@param prefix? string  such as /usr/local; the user's own folder unless given
return function(prefix)
  local folder = (prefix and prefix:gsub("/+$", "") .. "/share/jupyter" or user_folder()) .. "/kernels/lunapse"
  local made, why = host.make_folder(folder)
  if not made then error(("cannot make the folder %s: %s"):format(folder, why), 0) end
  host.write_file(folder .. "/kernel.json", core.encode { argv = { host.program or "lunapse", "--kernel", "{connection_file}" }, display_name = "Lunapse", language = "lua",
    interrupt_mode = "message", metadata = { debugger = false } } .. "\n")
  host.write_file(folder .. "/logo-svg.svg", LOGO)
  print(("Jupyter finds Lunapse in %s"):format(folder))
end
