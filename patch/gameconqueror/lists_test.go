package gameconqueror_test

// orchard is a cheat list of a made-up game, as the present version saves it.
const orchard = `{"cheat_list": [
  [true, "Apples", 94258230812704, "int32", "999", true],
  [false, "Basket  size", 94258230812708, "int8", "200", true],
  [false, "No Description", 4096, "float64", "1.5", true],
  [true, "Apples", 8192, "float32", "0.25", true],
  [true, "Greeting", 12288, "string", "Hello <you>", true],
  [false, "Name", 12320, "string", "Anna", true],
  [true, "Code", 16384, "bytearray", "90 90 c3", true],
  [false, "Table", 16400, "bytearray", "01 02", true],
  [false, "Gone", 20480, "string", "", false]
]}
`

// former is one as older versions save it.
const former = `{"version": {"a": [1, {"b": null}]}, "cheat_list": [
["=", true, "Apples", "55ba5a2a5560", "int32", "-5", true],
["+", true, "Score", "0x55ba5a2a5564", "I64u", "18446744073709551615", true],
["-", true, "Heat", "10", "float32", "1e30", true],
["=", true, "Greeting", "20", "string", "it\\'s\\n", true],
["=", true, "Odd", "30", "string", "\\x00", true],
["=", false, "Plain", "40", "number", "7"],
["=", false, "Many", "50", "number", "??"],
["=", true, "Broken", "60", "int16", "??", false],
["=", false, "Unknown", "70", "complex", "1"]
]}`
