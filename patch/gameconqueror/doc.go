// Package gameconqueror reads and writes the cheat lists that GameConqueror,
// the window of scanmem, saves as JSON. The file is an object whose key
// cheat_list holds one row for each entry. Versions differ in the columns of a
// row, which the first of them tells apart:
//
//	[locked, description, address, type, value, valid]         // today
//	["=", locked, description, address, type, value, valid]    // in between
//	["=", locked, description, address, type, value]           // at first
//
// The address is a number, or in older files hexadecimal without 0x. It is
// absolute, so that such a list is good for one run of a program only, unless
// it always loads at the same place.
package gameconqueror
