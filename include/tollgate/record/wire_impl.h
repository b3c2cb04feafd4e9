// The codec behind wire.h.
#pragma once
#include "tollgate/record/wire_decode.h"
#include "tollgate/record/wire_encode.h"
