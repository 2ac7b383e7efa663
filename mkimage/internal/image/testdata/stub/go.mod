module github.com/domlet/domlet

go 1.26.3
