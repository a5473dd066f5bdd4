local dimensions = {}
function dimensions.check() end
return dimensions
