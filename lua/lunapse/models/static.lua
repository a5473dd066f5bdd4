--- A synapse that adds its weight to the target conductance when a spike arrives.
return { name = "static", pre_spike = "g_target += w" }
