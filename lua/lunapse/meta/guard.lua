---@meta
--- Types for editors, and the reference of the C module `lunapse.core.guard`: how the library hears of writes to the arrays that it hands out.

---@class GuardModule
local guard = {}

--- Ask the owner before anything is written through any view of the memory of `a`, and tell him afterwards. `before` may raise, which refuses
--- the write. With `finite`, which says whose array it is (nil: the owner's own), numbers that are not finite are refused before that. The caller keeps `functions` alive: they are held
--- by a weak reference.
---@param a Array
---@param functions? { before?: fun(a: Array), after?: fun(a: Array), finite?: fun(a: Array): string? }  nil: nobody is asked any more
function guard.set(a, functions) end

--- The first element of `a` as an array of `n` elements, in the memory of `a`.
---@param a Array
---@param n integer
---@return Array
function guard.repeated(a, n) end

--- The elements of the memory behind `a` are those of `to` (1-d, whole) from now on: all views follow.
---@param a Array
---@param to Array
function guard.move(a, to) end

--- Does one value stand for all elements of `a`?
---@param a Array
---@return boolean
function guard.is_repeated(a) end

--- A number that grows when anybody but a kernel of a step writes to the memory of `a`. Asking looks at no element, so what is away stays away.
---@param a Array
---@return integer
function guard.version(a) end

--- Do the elements of `a` stand elsewhere, so that it has no memory of its own? Whoever looks at them brings them back.
---@param a Array
---@return boolean
function guard.is_away(a) end

--- The least and the largest element. What is away stays away.
---@param a Array  with elements
---@return number low
---@return number high
function guard.extent(a) end

return guard
