@main enum DureBench { static func main() {} }
