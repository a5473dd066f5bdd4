/* The one place that says which Lunapse this is. */
#ifndef LUNAPSE_BASE_VERSION_H
#define LUNAPSE_BASE_VERSION_H

#define LUNAPSE_VERSION "0.1.0"

#endif
