#include "PlotBridge.h"
