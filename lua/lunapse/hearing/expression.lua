local expression = {}
function expression.compile(text, parameters, channels) error "not yet" end
return expression
