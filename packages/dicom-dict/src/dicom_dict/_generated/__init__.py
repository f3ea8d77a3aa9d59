"""Tables written by tools/codegen; the modules beside this package give access to them."""
