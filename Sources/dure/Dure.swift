@main enum Dure { static func main() {} }
