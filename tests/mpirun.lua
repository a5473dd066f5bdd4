--- The program on many processes of this machine: as root, on more processes than processors. What the libraries of MPI keep until the end is not held against anybody.
local host = os.getenv "HOST" or "build/lunapse"
local root = io.popen("pwd"):read "l"
local mpirun = { root = root, program = host:find "^/" and host or root .. "/" .. host }

--- Does a shell command end well?
function mpirun.has(command) return os.execute(command .. " >/dev/null 2>&1") == true end

mpirun.missing = not mpirun.has "command -v mpirun" and "mpirun is not there (Debian's package openmpi-bin)"
  or not mpirun.has("test -e " .. mpirun.program:gsub("[^/]*$", "lunapse_mpi.so")) and "built without libopenmpi-dev" or nil

mpirun.start = "env ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 600 mpirun --oversubscribe -n "

--- What a command with `n` processes of the program prints in a folder, and after that what it says of errors, and whether it ended well. The two come by pipes of their own,
--- which mpirun reads in any order, so together they would not be the same twice.
function mpirun.run(folder, n, rest)
  local errors = os.tmpname()
  local pipe = io.popen(("cd %s && %s %s %s 2>%s </dev/null"):format(folder, n == 1 and "" or mpirun.start .. n, mpirun.program, rest, errors))
  local said = pipe:read "a"
  local is_fine, file = pipe:close() == true, io.open(errors)
  said = said .. file:read "a"
  file:close()
  os.remove(errors)
  return said, is_fine
end

return mpirun
