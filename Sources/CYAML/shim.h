#ifndef DURE_YAML_SHIM_H
#define DURE_YAML_SHIM_H

#include <yaml.h>

#endif
