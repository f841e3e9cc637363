// The machine contract of the overlay. Rendered by render/render.py; see README.md.
include "Base.td"
include "isa/Enums.td"
include "isa/Alu.td"
include "isa/Rows.td"
include "isa/Entry.td"
include "isa/Config.td"
include "device/Image.td"
include "device/Mmio.td"
