--- A rate-coded synapse: sum(target) = sum of w * pre.r.
return { name = "rate", psp = "w * pre.r" }
